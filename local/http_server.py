"""HTTP for the gateway, the AWS endpoint and the Runtime API: requests as they were sent, each for a coroutine.

aiohttp does the protocol, but for plain requests of programs on this machine, which plain_http does at less cost.
"""

import asyncio
import socket
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParserPy
from multidict import CIMultiDict

from local.http_messages import FRAMING, HOST, ClientLeft, Handler, Request
from local.plain_http import PlainConnection, has_left

_BACKLOG = 1024
"""Connections that wait to be accepted: a burst is that, and not an attack."""
_LINE_BYTES = 65_536
_READ_BYTES = 262_144
_PIPELINED = 32
_CLOSE_SECONDS = 0.01


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
    """Answers the requests of a socket, in the loop that it is started in.

    `for_programs` is for a socket that functions' processes and AWS's clients use, and browsers do not.
    """

    def __init__(self, handler: Handler, *, for_programs: bool = False) -> None:
        self._handler = handler
        self._for_programs = for_programs
        self._plain: set[PlainConnection] = set()

    async def start(self, listener: socket.socket) -> None:
        """Takes the socket over, and closes it in the end."""
        self._manager = web.Server(self._answer)
        connection = self._plain_connection if self._for_programs else self._connection
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(connection, sock=listener, backlog=_BACKLOG)

    async def close(self) -> None:
        """Hangs up on all clients."""
        self._server.close()
        for connection in list(self._plain):
            connection.close()
        await self._manager.shutdown(_CLOSE_SECONDS)

    def _connection(self) -> "_Connection":
        return _Connection(self._manager, asyncio.get_running_loop())

    def _plain_connection(self) -> PlainConnection:
        return PlainConnection(self._handler, self._plain, self._connection)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        response = await self._handler(_request(request))
        headers = CIMultiDict(response.headers)
        # How long a body is says what it is sent with. For HEAD it is not sent.
        for name in FRAMING[request.method == "HEAD" :]:
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
        client_left=lambda: request.transport is None or has_left(request.transport),
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
