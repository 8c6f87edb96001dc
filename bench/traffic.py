"""The HTTP of the bench: requests to a system, and the listener that the steps of all systems call.

On asyncio's streams, because a thousand requests at once from one of two cores must cost next to nothing here.
"""

import asyncio
import http.client
import io
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_PATIENCE_S = 600


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    took_s: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def send(method: str, url: str, body: Any = None) -> Answer:
    """One request on a connection of its own. Raises OSError, or RuntimeError for a status of 400 or more."""
    parts = urlsplit(url)
    content = b"" if body is None else json.dumps(body).encode()
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(head.encode() + content)
        received = await asyncio.wait_for(reader.read(), _PATIENCE_S)
    finally:
        writer.close()
    response = http.client.HTTPResponse(_Bytes(received))  # type: ignore[arg-type]  # all that it asks of a socket
    response.begin()
    answer = Answer(response.status, response.read(), time.perf_counter() - started)
    if answer.status >= 400:
        raise RuntimeError(f"{method} {parts.path} answered {answer.status}: {answer.body[:300]!r}")
    return answer


class _Bytes:
    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._received)


@dataclass(frozen=True)
class Hit:
    at_s: float
    """By time.perf_counter()."""
    callback: Any


class Listener:
    """Notes when which step of which run has called, and wakes those who wait for it."""

    def __init__(self) -> None:
        self.hits: dict[tuple[str, str], list[Hit]] = defaultdict(list)
        self.address = ""
        self._waiters: dict[tuple[str, str], asyncio.Future[Hit]] = {}

    async def hit(self, run: str, step: str, patience_s: float = _PATIENCE_S) -> Hit:
        """The first call of a step, as soon as there is one. Raises TimeoutError."""
        if seen := self.hits.get((run, step)):
            return seen[0]
        waiter = self._waiters.setdefault((run, step), asyncio.get_running_loop().create_future())
        try:
            return await asyncio.wait_for(asyncio.shield(waiter), patience_s)
        except TimeoutError:
            raise TimeoutError(f"step {step!r} of {run} did not run within {patience_s:.0f} s") from None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            at_s = time.perf_counter()
            lines = head.decode("latin-1").split("\r\n")
            headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines[1:]}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            _, run, step = lines[0].split()[1].split("/")
            self._note((run, step), Hit(at_s, json.loads(body or b"null")))
            await writer.drain()
        finally:
            writer.close()

    def _note(self, key: tuple[str, str], hit: Hit) -> None:
        self.hits[key].append(hit)
        waiter = self._waiters.pop(key, None)
        if waiter and not waiter.done():
            waiter.set_result(hit)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener._serve, "127.0.0.1", 0, backlog=4_096)  # noqa: SLF001
    listener.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield listener
    finally:
        server.close()
