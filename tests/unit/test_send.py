"""pd.send.http: what is sent, when, and what is refused. The destinations are real servers on this machine."""

import io
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from interlude.errors import BadCall, NotJson
from interlude.pd import deliveries, usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.flow import Flow
from interlude.pd.send import Send
from tests.waiting import LIMIT_S


@dataclass
class Destination:
    """A server, and what it has been sent: method, path, headers in lower case, body."""

    url: str = ""
    received: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answer: threading.Event = field(default_factory=threading.Event)
    """Until then it answers nothing at /slow."""


@pytest.fixture
def destination(monkeypatch: pytest.MonkeyPatch) -> Iterator[Destination]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    there = Destination()

    class Handler(BaseHTTPRequestHandler):
        def handle_all(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            there.received.append((self.command, self.path, headers, body))
            if self.path == "/slow":
                there.answer.wait(LIMIT_S)
            self.send_response({"/refuse": 500, "/moved": 307, "/round": 302}.get(self.path, 204))
            self.send_header("Location", {"/moved": "/new", "/round": "/round"}.get(self.path, ""))
            self.end_headers()

        do_GET = do_POST = do_PUT = handle_all  # noqa: N815  # http.server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    there.url = f"http://127.0.0.1:{server.server_port}"
    yield there
    there.answer.set()
    server.shutdown()
    server.server_close()


def attempt() -> Pd:
    return Pd(Flow(1, "resume", dict), Attributes(), dict, print)


def test_a_request_is_sent_when_the_step_has_ended(destination: Destination, as_step: Path):
    """Not before: its data is what it was at the call, and the call itself waits for nobody."""
    step = f"""
seen = []
def handler(pd):
    data = {{"n": 1}}
    more = {{"headers": {{"X-One": 1}}, "params": {{"b": "x y", "c": [1, True]}}}}
    pd.send.http("POST", "{destination.url}/in?a=1", data=data, **more)
    data["n"] = 2
    return pd.destination.received[:]
"""
    (as_step / "step.py").write_text(step, encoding="utf-8")
    pd = attempt()
    pd.destination = destination  # type: ignore[attr-defined]

    text, error = usercode.run("step", pd)

    assert (text, error) == ('{"$return_value":[]}', None)
    [(method, path, headers, body)] = destination.received
    assert (method, path, body) == ("POST", "/in?a=1&b=x+y&c=1&c=true", b'{"n":1}')
    assert (headers["content-type"], headers["x-one"]) == ("application/json", "1")


def test_a_step_that_fails_sends_too(destination: Destination, as_step: Path):
    """People tell others of an error, and then raise it."""
    step = f"def handler(pd):\n    pd.send.http('GET', '{destination.url}/failed')\n    raise KeyError('x')\n"
    (as_step / "step.py").write_text(step, encoding="utf-8")

    _, error = usercode.run("step", attempt())

    assert error
    assert [path for _, path, _, _ in destination.received] == ["/failed"]


def test_it_takes_one_dict_as_well(destination: Destination, capsys: pytest.CaptureFixture[str]):
    """As in JavaScript; auth becomes a header, and takes the place of a given one."""
    send = Send()
    send.http(
        {
            "method": "put",
            "url": destination.url,
            "data": "größe",
            "auth": {"username": "me", "password": "you"},
            "headers": {"authorization": "mine", "gone": None},
        }
    )
    send.deliver()

    [(method, path, headers, body)] = destination.received
    assert (method, path, body) == ("PUT", "/", "größe".encode())
    assert (headers["authorization"], headers["content-type"]) == ("Basic bWU6eW91", "text/plain; charset=utf-8")
    assert "gone" not in headers
    assert capsys.readouterr().out == "pd.send.http: PUT to 127.0.0.1 answered 204\n"


@pytest.mark.parametrize(
    ("data", "kind", "body"),
    [
        (None, None, b""),
        (b"\xff\x00", None, b"\xff\x00"),
        ([1, "ä"], "application/json", '[1,"ä"]'.encode()),
        (0, "application/json", b"0"),
        ("", "text/plain; charset=utf-8", b""),
    ],
)
def test_what_a_body_may_be(destination: Destination, data: Any, kind: str | None, body: bytes):
    """JSON, text, bytes or nothing, each with its type, unless the step names another."""
    send = Send()
    send.http("POST", destination.url, data)
    send.http("POST", destination.url, data, {"content-type": "x/y"})
    send.deliver()

    assert [received[3] for received in destination.received] == [body, body]
    assert sorted(str(received[2].get("content-type")) for received in destination.received) == sorted(
        [str(kind), "x/y"]
    )


def test_nothing_is_sent_twice(destination: Destination):
    """Delivered is delivered."""
    send = Send()
    send.http("GET", destination.url)
    send.deliver()
    send.deliver()

    assert len(destination.received) == 1


def test_a_destination_cannot_fail_the_step(
    destination: Destination, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """What it did is in the log, without the path and the query, which may be a password."""
    monkeypatch.setattr(deliveries, "TIMEOUT_S", 0.3)
    send = Send()
    for path in ("/refuse", "/moved", "/round", "/slow"):
        send.http("GET", destination.url + path)
    send.http("GET", "http://127.0.0.1:1/")

    send.deliver()

    assert capsys.readouterr().out.splitlines() == [
        "pd.send.http: GET to 127.0.0.1 answered 500",
        "pd.send.http: GET to 127.0.0.1 answered 204",
        "pd.send.http: GET to 127.0.0.1 failed: ResponseError",
        "pd.send.http: GET to 127.0.0.1 was not answered within 0.3 s",
        "pd.send.http: GET to 127.0.0.1 failed: NewConnectionError",
    ]
    assert [path for _, path, _, _ in destination.received].count("/refuse") == 1
    assert [path for _, path, _, _ in destination.received].count("/round") == 6


def test_requests_go_side_by_side(destination: Destination, monkeypatch: pytest.MonkeyPatch):
    """A slow destination does not keep the others waiting."""
    monkeypatch.setattr(deliveries, "TIMEOUT_S", 10)
    send = Send()
    send.http("GET", f"{destination.url}/slow")
    send.http("GET", f"{destination.url}/quick")
    sender = threading.Thread(target=send.deliver)
    sender.start()
    while len(destination.received) < 2:
        sender.join(0.005)

    destination.answer.set()
    sender.join(10)

    assert sorted(path for _, path, _, _ in destination.received) == ["/quick", "/slow"]


@pytest.fixture
def dripping() -> Iterator[str]:
    """The URL of a server that answers byte by byte, and never comes to an end."""
    done = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not done.wait(0.02):
                connection.sendall(b"x")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    done.set()
    thread.join(LIMIT_S)
    listener.close()


def delivered(send: Send) -> bool:
    """Whether delivering comes to an end in a time that is far from any timeout of a step."""
    sender = threading.Thread(target=send.deliver, daemon=True)
    sender.start()
    sender.join(LIMIT_S)
    return not sender.is_alive()


def test_a_destination_that_answers_byte_by_byte_holds_up_no_step(
    dripping: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The time is that of the whole request, not of each read."""
    monkeypatch.setattr(deliveries, "TIMEOUT_S", 0.3)
    send = Send()
    send.http("GET", dripping)

    assert delivered(send)
    assert capsys.readouterr().out == "pd.send.http: GET to 127.0.0.1 was not answered within 0.3 s\n"


def test_many_requests_that_nobody_answers_hold_up_no_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The time is that of all requests of the step; what is not begun by then is told, too."""
    monkeypatch.setattr(deliveries, "TIMEOUT_S", 0.4)
    send = Send()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for _ in range(120):
            send.http("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/")

        assert delivered(send)

    told = capsys.readouterr().out.splitlines()
    unsent = told.count("pd.send.http: GET to 127.0.0.1 was not sent within 0.4 s")
    assert unsent >= 70  # 50 at once; fewer where the machine is busy
    assert told.count("pd.send.http: GET to 127.0.0.1 was not answered within 0.4 s") == 120 - unsent


def test_a_step_that_has_closed_its_log_sends_all_the_same(
    destination: Destination, as_step: Path, monkeypatch: pytest.MonkeyPatch
):
    """And keeps its exports, though nobody can be told what became of the request."""
    step = f"""
import sys
def handler(pd):
    pd.send.http("GET", "{destination.url}")
    sys.stdout.close()
    return 1
"""
    (as_step / "step.py").write_text(step, encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    assert usercode.run("step", attempt()) == ('{"$return_value":1}', None)
    assert len(destination.received) == 1


METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
SCHEMES = "it must begin with http:// or https://."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"method": "SEND"}, f"method is 'SEND'; it must be one of {METHODS}."),
        ({"method": None}, f"method is None; it must be one of {METHODS}."),
        ({"url": "ftp://x/y"}, f"url is 'ftp://x/y'; {SCHEMES}"),
        ({"url": "file:///etc/passwd"}, f"url is 'file:///etc/passwd'; {SCHEMES}"),
        ({"url": "//x"}, f"url is '//x'; {SCHEMES}"),
        ({"url": None}, f"url is None; {SCHEMES}"),
        ({"url": "http://[::1"}, f"url is 'http://[::1'; {SCHEMES}"),
        ({"headers": "x"}, "headers is a str; it must be a dict."),
        ({"headers": {"X": "a\r\nb"}}, "the header 'X' contains a line break."),
        ({"params": [1]}, "params is a list; it must be a dict."),
        ({"auth": {"user": "x"}}, 'auth must be {"username": …, "password": …}.'),
        ({"body": 1}, "'body' is unknown; the arguments are method, url, data, headers, params, auth."),
    ],
)
def test_a_request_that_is_none_is_refused_at_the_call(arguments: dict[str, Any], sentence: str):
    """The sentence names the part and what is allowed."""
    with pytest.raises(BadCall) as refused:
        Send().http({"method": "GET", "url": "https://example.com", **arguments})

    assert str(refused.value) == f"pd.send.http: {sentence}"


def test_data_that_is_no_json_is_refused_at_the_call():
    """The sentence names the part of it."""
    with pytest.raises(NotJson, match=r"^pd.send.http: data\['a'\] is a set \(\{1\}\); only JSON values are allowed"):
        Send().http("POST", "https://example.com", {"a": {1}})
