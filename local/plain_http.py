"""HTTP between this server and its functions' processes: the requests that those send, at a third of aiohttp's cost.

A request is taken here when it is one of HTTP/1.1 with a body of a known, small size, or none. A connection that brings
anything else is aiohttp's from then on.
"""

import asyncio
import select
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

from multidict import CIMultiDict

from local.http_messages import FRAMING, Handler, Request, Response

_METHODS = (b"GET", b"POST")
_BODY_BYTES = 1_000_000
_HEAD_BYTES = 65_536
_NOT_PLAIN = ("Transfer-Encoding", "Expect", "Upgrade", "Connection")
_HEAD_END = b"\r\n\r\n"


class PlainConnection(asyncio.Protocol):
    """A connection whose requests are answered one after another. `other` makes the protocol that takes over."""

    def __init__(
        self,
        handler: Handler,
        open_connections: set["PlainConnection"],
        other: Callable[[], asyncio.Protocol],
    ) -> None:
        self._handler = handler
        self._open = open_connections
        self._other = other
        self._received = b""
        self._task: asyncio.Task[None] | None = None
        self._has_ended = False
        """Whether the client sends no more."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        # A handler that still waits is cancelled when the server closes.
        if self._task is None:
            self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._task is None:
            self._take()

    def eof_received(self) -> bool:
        self._has_ended = True
        if self._task is None and self._received:
            self._hand_over()
            return True
        # True keeps the way back open, for the answer that is still to come.
        return self._task is not None

    def close(self) -> None:
        """Hangs up, and lets go of the request that is not answered."""
        self._transport.abort()
        if self._task:
            self._task.cancel()

    def _take(self) -> None:
        """Begins to answer the next request, if all of it is here."""
        end = self._received.find(_HEAD_END)
        if end < 0:
            if self._has_ended or len(self._received) > _HEAD_BYTES or not _may_be_plain(self._received):
                self._hand_over()
            return
        request_line, *lines = self._received[:end].split(b"\r\n")
        headers = _headers(lines)
        size = _body_size(request_line, headers)
        if headers is None or size is None:
            self._hand_over()
            return
        begin = end + len(_HEAD_END)
        if len(self._received) < begin + size:
            if self._has_ended:
                self._hand_over()
            return
        body = self._received[begin : begin + size]
        self._received = self._received[begin + size :]
        method, target, _ = request_line.split(b" ")
        request = Request(
            method=method.decode(),
            target=target,
            headers=headers,
            chunks=lambda: _chunks(body),
            client_left=self._client_left,
        )
        self._task = asyncio.get_running_loop().create_task(self._answer(request))

    async def _answer(self, request: Request) -> None:
        try:
            response = await self._handler(request)
        except Exception as error:  # noqa: BLE001  # logged, and the client learns no more, as with aiohttp
            context = {"message": "A request could not be answered", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
            response = Response(500, [], b"")
        self._task = None
        if self._transport.is_closing():
            self._open.discard(self)
            return
        self._transport.write(_bytes_of(response))
        if self._received:
            self._take()
        elif self._has_ended:
            self._transport.close()

    def _hand_over(self) -> None:
        self._open.discard(self)
        protocol = self._other()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._received)
        if self._has_ended and not protocol.eof_received():
            self._transport.close()

    def _client_left(self) -> bool:
        return self._has_ended or has_left(self._transport)


def has_left(transport: asyncio.Transport) -> bool:
    """Whether a client has hung up while its request is not answered. It sends nothing then: what comes is the end."""
    if transport.is_closing():
        return True
    # Not by select.select: it takes no file beyond the 1,024th.
    poll = select.poll()
    poll.register(transport.get_extra_info("socket"), select.POLLIN)
    return bool(poll.poll(0))


def _may_be_plain(received: bytes) -> bool:
    """Whether this may be the beginning of a plain request."""
    return any(received.startswith(method[: len(received)]) for method in _METHODS)


def _headers(lines: list[bytes]) -> CIMultiDict[str] | None:
    """None where a line is not a header, or a header comes twice."""
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip() or name in headers:
            return None
        headers[name] = value.strip(" \t")
    return headers


def _body_size(request_line: bytes, headers: CIMultiDict[str] | None) -> int | None:
    """None where the request is not plain."""
    parts = request_line.split(b" ")
    if headers is None or len(parts) != 3 or parts[0] not in _METHODS or parts[2] != b"HTTP/1.1":
        return None
    if any(name in headers for name in _NOT_PLAIN):
        return None
    length = headers.get("Content-Length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 7 or int(length) > _BODY_BYTES:
        return None
    return int(length)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


def _bytes_of(response: Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}", f"Content-Length: {len(response.body)}"]
    for name, value in response.headers:
        if name.lower() not in FRAMING:
            lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
