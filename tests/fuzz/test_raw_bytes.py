"""The local server on its port: whatever bytes come, they are answered or hung up on, and the next client is served."""

import re
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import server
from local.gateway import Gateway
from local.invocations import Done
from local.routes import Routes
from local.stack import Route
from tests.fuzz.amount import MARKS, inputs

pytestmark = MARKS

DEADLINE_S = 120
ROUTES = Routes([Route("ANY", "/hooks/{workflow}/{key}", "api", signed_in=False)])
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    def invoke(_name: str, _qualifier: str | None, _payload: bytes, done: Done) -> None:
        done(b'{"statusCode": 200, "body": "fine"}', None)

    with server._event_loop() as loop, server._listen(0) as listener:
        port = listener.getsockname()[1]
        gateway = Gateway(ROUTES, invoke, f"127.0.0.1:{port}", lambda line: None)
        with server._serving(loop, listener, gateway):
            yield port


def ask(port: int, sent: bytes, *, hang_up: bool = False) -> bytes:
    """What comes back for these bytes. Raises TimeoutError where nothing does and nobody hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as client:
        received = b""
        try:
            client.sendall(sent)
            if hang_up:  # at once, and without a word
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return b""
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(65_536):
                received += part
        except TimeoutError:
            raise
        except OSError:  # hung up on, in one of its ways
            pass
        return received


LINES = st.binary(max_size=40) | st.builds(
    b"%s %s %s".__mod__,
    st.tuples(
        st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS", b"get", b"", b"\xff", b"CONNECT", b"PRI"]),
        st.sampled_from([b"/hooks/a/b", b"/", b"*", b"//x", b"/%", b"/%zz", b"/hooks/%ff/%00", b"/" + b"a" * 70_000])
        | st.binary(max_size=20)
        | st.just(b"http://elsewhere.example/hooks/a/b"),
        st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/1.", b"HTTP/1.1.1", b"HTTP/-1.0", b"", b"X"]),
    ),
)
HEADERS = st.lists(
    st.binary(max_size=40)
    | st.sampled_from(
        [
            b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: x", b"Content-Length: 99999999999999999999",
            b"Content-Length: 5\r\nContent-Length: 6", b"Transfer-Encoding: chunked", b"Transfer-Encoding: \xff",
            b"Expect: 100-continue", b"Host: elsewhere.example", b"Host: ", b": x", b" folded", b"X",
            b"Cookie: a=\xff; =; ;", b"Content-Type: multipart/form-data; boundary=\xff", b"Content-Encoding: gzip",
            b"X: " + b"x" * 70_000,
        ]
    ),
    max_size=6,
)  # fmt: skip
CHUNKS = [
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhel",
    b"-5\r\nx\r\n",
    b"zz\r\n",
    b"F" * 17 + b"\r\nx",
    b"5;" + b"x" * 9_000,
]
BODIES = st.binary(max_size=60) | st.sampled_from(CHUNKS)
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r", b"\0"])


@inputs(200)
@given(LINES, HEADERS, BODIES, ENDS, st.booleans(), st.booleans())
def test_any_bytes_are_answered_or_hung_up_on(
    port: int, line: bytes, headers: list[bytes], body: bytes, end: bytes, named: bool, hang_up: bool
):
    """With no 5xx, and within a deadline."""
    host = [b"Host: 127.0.0.1:%d" % port] if named else []
    sent = end.join([line, *host, *headers, b"", body])

    received = ask(port, sent, hang_up=hang_up)

    status = STATUS.match(received)
    assert status is None or int(status[1]) < 500, received[:300]
    assert b"Traceback" not in received


@inputs(100)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_request_at_all(port: int, sent: bytes):
    """Such as those of a TLS handshake."""
    status = STATUS.match(ask(port, sent))

    assert status is None or int(status[1]) < 500


def test_the_server_answers_after_all_that(port: int):
    """Behind the others, which have left it nothing to wait for."""
    request = b"POST /hooks/a/b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 2\r\n\r\n{}" % port

    for _ in range(5):
        assert ask(port, request).endswith(b"\r\n\r\nfine")
