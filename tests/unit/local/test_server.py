"""local.server on its port: what arrives at a function is what a client has put on the wire."""

import http.client
import json
from typing import Any

from local import server
from local.gateway import Gateway
from local.invocations import Done
from local.routes import Routes
from local.stack import Route
from tests.waiting import LIMIT_S

ROUTES = Routes([Route("ANY", "/hooks/{workflow}/{key}/{proxy+}", "api", signed_in=False)])


def event_of(target: bytes) -> dict[str, Any]:
    """The event that a function gets for `GET <target>`."""
    events: list[dict[str, Any]] = []

    def invoke(_name: str, _qualifier: str | None, payload: bytes, done: Done) -> None:
        events.append(json.loads(payload))
        done(b'{"statusCode": 200, "body": "fine"}', None)

    with server._event_loop() as loop, server._listen(0) as listener:
        port = listener.getsockname()[1]
        with server._serving(loop, listener, Gateway(ROUTES, invoke, f"127.0.0.1:{port}", lambda line: None)):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
            client.connect()
            client.send(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % (target, port))
            answer = client.sock.makefile("rb").read()
            client.close()
    assert answer.endswith(b"fine")
    return events[0]


def test_a_target_without_escapes_is_read_as_utf_8() -> None:
    """As curl and browsers' address bars send it: in the path and in the query."""
    event = event_of("/hooks/w/k/Grüße?name=Jürgen&x=%20".encode())

    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/hooks/w/k/Grüße"
    assert event["pathParameters"] == {"workflow": "w", "key": "k", "proxy": "Grüße"}
    assert event["rawQueryString"] == "name=J%C3%BCrgen&x=%20"
    assert event["queryStringParameters"] == {"name": "Jürgen", "x": " "}


def test_a_target_with_escapes_stays_as_it_was_sent() -> None:
    """The path is decoded, as API Gateway does it; the query is not."""
    event = event_of(b"/hooks/w/k/Gr%C3%BC%C3%9Fe%0A?name=J%C3%BCrgen+M&x=%FC")

    assert event["rawPath"] == "/hooks/w/k/Grüße\n"
    assert event["rawQueryString"] == "name=J%C3%BCrgen+M&x=%FC"
