"""What an HTTP request and a response are here, whatever speaks the protocol. Calls nothing of local."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

HOST = "127.0.0.1"

FRAMING = ("content-length", "transfer-encoding", "connection")
"""Headers that say how a response is sent: a handler's own are left out."""


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
