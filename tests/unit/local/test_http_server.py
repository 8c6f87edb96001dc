"""local.http_server hands requests on as they were sent, and keeps to HTTP with clients of all kinds."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local import server
from local.http_messages import BodyTooLong, ClientLeft, Request, Response

DEADLINE_S = 20
LIMIT = 100


class Echo:
    """Answers with what it has got; the path says what else it does."""

    def __init__(self) -> None:
        self.left = threading.Event()
        """Set when a body ended before its end."""

    async def __call__(self, request: Request) -> Response:
        if request.target == b"/refused":
            return Response(403, [], b"no")
        if request.target == b"/broken":
            raise ValueError("a secret")
        if request.target == b"/lengths":
            return Response(200, [("Content-Length", "1"), ("Transfer-Encoding", "chunked"), ("X-A", "1")], b"three")
        try:
            body = await request.body(LIMIT)
        except BodyTooLong:
            return Response(413, [], b"long")
        except ClientLeft:
            self.left.set()
            return Response(400, [], b"")
        # As a function would: later, and not in the turn of the loop in which the request has come.
        await asyncio.sleep(0.01)
        told = {"method": request.method, "headers": dict(request.headers), "body": body.decode()}
        return Response(200, [("x-cookie", "a"), ("x-cookie", "b")], json.dumps(told).encode())


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture(params=[False, True], ids=["for browsers", "for programs"])
def client(echo: Echo, request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with (
        server._event_loop() as loop,
        server._listen(0) as listener,
        server._serving(loop, listener, echo, for_programs=request.param),
        socket.create_connection(listener.getsockname(), timeout=DEADLINE_S) as connection,
    ):
        yield connection


def answer(client: socket.socket, *, head: bool = False) -> tuple[int, dict[str, list[str]], bytes]:
    """The next answer on a connection: its status, its headers and its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = client.recv(1)
        assert part, received
        received += part
    first, *lines = received.decode("latin-1").split("\r\n")[:-2]
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    body = b""
    length = int(headers.get("content-length", ["0"])[0])
    while not head and len(body) < length:
        # No more than that: the next answer may be here already.
        body += client.recv(length - len(body))
    return int(first.split()[1]), headers, body


def told(client: socket.socket) -> dict[str, Any]:
    status, _, body = answer(client)
    assert status == 200
    seen: dict[str, Any] = json.loads(body)
    return seen


def test_a_connection_serves_one_request_after_another(client: socket.socket) -> None:
    """Also those that were sent before the first was answered."""
    for body in (b"one", b"two"):
        client.sendall(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n" + body)
        assert told(client)["body"] == body.decode()
    client.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n3")
    assert [told(client)["method"], told(client)["body"]] == ["GET", "3"]


def test_a_body_in_chunks_is_put_together(client: socket.socket) -> None:
    """It has no length beforehand."""
    client.sendall(b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
    client.sendall(b"3\r\ntwo\r\n0\r\n\r\n")
    assert told(client)["body"] == "onetwo"


def test_a_client_that_waits_for_a_word_gets_it_before_its_body_is_read(client: socket.socket) -> None:
    """As AWS's SDKs do when they put an object."""
    client.sendall(b"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert answer(client)[0] == 100
    client.sendall(b"one")
    assert told(client)["body"] == "one"


def test_a_body_that_is_not_read_is_not_asked_for(client: socket.socket) -> None:
    """And the connection ends: what comes next on it may be that body, or a request."""
    client.sendall(b"POST /refused HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    status, headers, _ = answer(client)
    assert (status, headers["connection"]) == (403, ["close"])


def test_a_body_is_read_up_to_its_limit(client: socket.socket) -> None:
    """Whatever its length is said to be; then it is answered at once."""
    client.sendall(b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.sendall(b"65\r\n" + b"x" * 101 + b"\r\n")
    assert answer(client)[0] == 413


def test_a_client_that_sends_no_more_is_answered(client: socket.socket) -> None:
    """It has shut down its side, as netcat does at the end of its input."""
    client.sendall(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none")
    client.shutdown(socket.SHUT_WR)
    assert told(client)["body"] == "one"
    assert client.recv(1) == b""


def test_a_client_that_leaves_within_its_body_is_noticed(client: socket.socket, echo: Echo) -> None:
    """Nothing waits for the rest."""
    client.sendall(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\no")
    client.close()
    assert echo.left.wait(DEADLINE_S)


def test_headers_that_come_again_are_joined(client: socket.socket) -> None:
    """By commas, but cookies by semicolons."""
    client.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\nx-a: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n")
    headers = {name.lower(): value for name, value in told(client)["headers"].items()}
    assert (headers["x-a"], headers["cookie"]) == ("1,2", "a=1; b=2")


def test_an_answer_may_have_a_header_twice(client: socket.socket) -> None:
    """As cookies that are set."""
    client.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer(client)[1]["x-cookie"] == ["a", "b"]


def test_the_length_of_an_answer_is_that_of_its_body(client: socket.socket) -> None:
    """Whatever a function says of it; for HEAD it stays, as the body is not sent."""
    client.sendall(b"GET /lengths HTTP/1.1\r\nHost: h\r\n\r\n")
    status, headers, body = answer(client)
    assert (status, headers["content-length"], headers["x-a"], body) == (200, ["5"], ["1"], b"three")
    assert "transfer-encoding" not in headers
    client.sendall(b"HEAD /lengths HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer(client, head=True)[1]["content-length"] == ["1"]
    client.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
    assert told(client)["method"] == "GET"


def test_an_error_of_ours_says_nothing_of_the_inside(client: socket.socket) -> None:
    """The client gets a 500."""
    client.sendall(b"GET /broken HTTP/1.1\r\nHost: h\r\n\r\n")
    status, _, body = answer(client)
    assert status == 500
    assert b"secret" not in body
    assert b"Traceback" not in body
