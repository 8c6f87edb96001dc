"""Sends a function's requests to the local endpoint without urllib3 and signatures, which is half of what they cost.

forkserver loads it by its path, for its forks: it must not import anything of local. It takes the requests of services
that speak JSON. All others, and those for any other address, go as botocore sends them.
"""

import select
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSResponse
from botocore.compat import get_current_datetime
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

_MARK = "X-Amz-Target"
"""The header that requests of services that speak JSON have: DynamoDB, Step Functions, Secrets Manager …"""
_NO_SIGNATURE = 64 * "0"


class _Body:
    """A body that was read, in the form in which botocore asks a response of urllib3 for it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


class _Broken(Exception):
    """The server hung up, or sent something that is not an answer."""


class _Connections:
    """Connections to an address, kept for the next request. A thread takes one for as long as it needs it."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._free: list[socket.socket] = []

    def take(self, timeout_s: float) -> socket.socket:
        """Raises OSError."""
        while connection := self._kept():
            if not _can_be_read(connection):
                return connection
            # The server has hung up: nothing else can come before a request.
            connection.close()
        connection = socket.create_connection(self._address, timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def give_back(self, connection: socket.socket) -> None:
        self._free.append(connection)

    def close(self) -> None:
        """Closes those that no thread has."""
        while connection := self._kept():
            connection.close()

    def _kept(self) -> socket.socket | None:
        # Another thread may take the last one between a look and a pop.
        try:
            return self._free.pop()
        except IndexError:
            return None


def install(endpoint: str) -> _Connections:
    """Takes over the requests to the endpoint, which is an address of this machine without a path."""
    parts = urlsplit(endpoint)
    connections = _Connections(str(parts.hostname), parts.port or 80)
    send = URLLib3Session.send
    add_auth = SigV4Auth.add_auth

    def send_shortly(self: URLLib3Session, request: Any) -> AWSResponse:
        if not (_is_ours(request, endpoint) and _is_plain(request)):
            return send(self, request)
        return _sent(connections, request, *_timeouts_s(self))

    def name_the_key(self: Any, request: Any) -> None:
        if self.credentials is None or not _is_ours(request, endpoint):
            add_auth(self, request)
            return
        request.context["timestamp"] = get_current_datetime().strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        # The endpoint looks at whose key it is. It checks no signature, and neither does moto.
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.scope(request)}, SignedHeaders=host, Signature={_NO_SIGNATURE}"
        )

    URLLib3Session.send = send_shortly  # type: ignore[method-assign]
    SigV4Auth.add_auth = name_the_key  # type: ignore[method-assign]
    return connections


def _is_ours(request: Any, endpoint: str) -> bool:
    return request.url == f"{endpoint}/" and _MARK in request.headers


def _is_plain(request: Any) -> bool:
    """Whether neither the request nor its answer needs more than what is here."""
    if not isinstance(request.body, bytes):
        return False
    return not request.stream_output and "read_timeout" not in request.context


def _timeouts_s(session: Any) -> tuple[float, float]:
    timeout = session._timeout
    return (timeout, timeout) if isinstance(timeout, int | float) else (timeout.connect_timeout, timeout.read_timeout)


def _sent(connections: _Connections, request: Any, connect_s: float, read_s: float) -> AWSResponse:
    url = request.url
    try:
        connection = connections.take(connect_s)
    except TimeoutError as error:
        raise ConnectTimeoutError(endpoint_url=url, error=error) from error
    except OSError as error:
        raise EndpointConnectionError(endpoint_url=url, error=error) from error
    try:
        connection.settimeout(read_s)
        connection.sendall(_head(request) + request.body)
        status, headers, body = _answer(connection)
    except TimeoutError as error:
        connection.close()
        raise ReadTimeoutError(endpoint_url=url, error=error) from error
    except (OSError, _Broken) as error:
        connection.close()
        raise ConnectionClosedError(endpoint_url=url, request=request, error=error) from error
    except BaseException:
        connection.close()
        raise
    if headers.get("Connection", "").lower() == "close":
        connection.close()
    else:
        connections.give_back(connection)
    return AWSResponse(url, status, headers, _Body(body))  # type: ignore[arg-type]  # any mapping of texts will do


def _head(request: Any) -> bytes:
    lines = [f"{request.method} / HTTP/1.1", f"Host: {request.url.split('/')[2]}"]
    for name, value in request.headers.items():
        lines.append(f"{name}: {value.decode() if isinstance(value, bytes) else value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _part(connection)
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name] = value.strip()
    if "Content-Length" not in headers:
        raise _Broken("the answer does not say how long it is")
    length = int(headers["Content-Length"])
    body = bytearray(received[end + 4 :])
    while len(body) < length:
        body += _part(connection)
    return int(first.split()[1]), headers, bytes(body)


def _part(connection: socket.socket) -> bytes:
    part = connection.recv(262_144)
    if not part:
        raise _Broken("the server hung up")
    return part


def _can_be_read(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
