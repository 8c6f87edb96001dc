"""HTTP for the gateway, the AWS endpoint and the Runtime API: requests as they were sent, each for a coroutine.

aiohttp does the protocol. Called by server and runtime_api; gateway, endpoint and payload have its types. Calls nothing
of local.
"""

import asyncio
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParserPy
from multidict import CIMultiDict

HOST = "127.0.0.1"

_BACKLOG = 1024
"""Connections that wait to be accepted: a burst is that, and not an attack."""
_LINE_BYTES = 65_536
_READ_BYTES = 262_144
_PIPELINED = 32
_CLOSE_SECONDS = 0.01
_FRAMING = ("content-length", "transfer-encoding", "connection")


class BodyTooLong(Exception):
    """The body has more bytes than the limit."""


class ClientLeft(Exception):
    """The client hung up within the body, or sent what is no body."""


@dataclass(frozen=True)
class Response:
    """An HTTP response. A header may come more than once."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


@dataclass(frozen=True)
class Request:
    """An HTTP request, whose body has not been read yet.

    `target` is what stands in the first line, byte by byte. Names of headers are looked up in any case; one that came
    several times has its values joined. The values' bytes are a character each, as in WSGI.
    """

    method: str
    target: bytes
    headers: Mapping[str, str]
    chunks: Callable[[], AsyncIterator[bytes]] = _nothing
    protocol: str = "HTTP/1.1"
    address: str = HOST
    client_left: Callable[[], bool] = lambda: False
    """Whether the client has hung up, or said that it sends no more."""

    async def body(self, limit: int | None = None) -> bytes:
        """Reads the body. Raises BodyTooLong and ClientLeft."""
        parts: list[bytes] = []
        size = 0
        async for part in self.chunks():
            parts.append(part)
            size += len(part)
            if limit is not None and size > limit:
                raise BodyTooLong
        return b"".join(parts)


Handler = Callable[[Request], Awaitable[Response]]


def listen(port: int) -> socket.socket:
    """A socket that listens on this machine. Port 0 takes a free one. Raises OSError."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class HttpServer:
    """Answers the requests of a socket, in the loop that it is started in."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def start(self, listener: socket.socket) -> None:
        """Takes the socket over, and closes it in the end."""
        self._manager = web.Server(self._answer)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self._manager, loop), sock=listener, backlog=_BACKLOG
        )

    async def close(self) -> None:
        """Hangs up on all clients."""
        self._server.close()
        await self._manager.shutdown(_CLOSE_SECONDS)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        response = await self._handler(_request(request))
        headers = CIMultiDict(response.headers)
        # How long a body is says what it is sent with. For HEAD it is not sent.
        for name in _FRAMING[request.method == "HEAD" :]:
            headers.popall(name, None)
        answer = web.Response(status=response.status, headers=headers, body=response.body)
        if not request.content.is_eof():
            # Where the client waits to be asked for its body, what it sends next may be one or not.
            answer.force_close()
        return answer


class _Connection(web.RequestHandler):
    """aiohttp's, with two differences.

    A target may be in UTF-8, as curl sends it: llhttp, which aiohttp uses, refuses that. And a client that sends no
    more may still wait for its answer, as netcat does: aiohttp hangs up on it.
    """

    def __init__(self, manager: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(manager, loop=loop)
        # As fast as llhttp for what comes here.
        self._parser = HttpRequestParserPy(
            self,
            loop,
            _READ_BYTES,
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
            payload_exception=web.RequestPayloadError,
            auto_decompress=False,
            max_msg_queue_size=_PIPELINED,
        )

    def eof_received(self) -> bool:  # type: ignore[override]
        is_idle = self._waiter is not None and not self._waiter.done()
        if not is_idle:
            # Later, as a request that has just come may not have begun.
            self._loop.call_soon(self._answer_last)
        return not is_idle

    def _answer_last(self) -> None:
        request = self._current_request
        if request is not None and request.content.is_eof():
            self.close()
        else:
            self.force_close()


def _request(request: web.BaseRequest) -> Request:
    headers: CIMultiDict[str] = CIMultiDict()
    for raw_name, raw_value in request.raw_headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        separator = "; " if name.lower() == "cookie" else ","
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    return Request(
        method=request.method,
        target=request.raw_path.encode("utf-8", "surrogateescape"),
        headers=headers,
        chunks=lambda: _chunks(request),
        protocol=f"HTTP/{request.version.major}.{request.version.minor}",
        address=request.remote or HOST,
        client_left=lambda: _has_left(request),
    )


async def _chunks(request: web.BaseRequest) -> AsyncIterator[bytes]:
    if not request.body_exists:
        return
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # It is no part of the answer.
        request.writer.output_size = 0
    try:
        async for chunk in request.content.iter_any():
            yield chunk
    except (ConnectionError, HttpProcessingError, web.RequestPayloadError) as error:
        raise ClientLeft from error


def _has_left(request: web.BaseRequest) -> bool:
    """While its request is not answered a client sends nothing: what can be read is the end."""
    transport = request.transport
    if transport is None or transport.is_closing():
        return True
    # Not by select.select: it takes no file beyond the 1,024th.
    poll = select.poll()
    poll.register(transport.get_extra_info("socket"), select.POLLIN)
    return bool(poll.poll(0))
