"""local.gateway serves routes as an HTTP API does, and keeps strangers out."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from local import gateway, outbox
from local.gateway import Gateway, without_secrets
from local.routes import Routes
from local.stack import Route

ROUTES = Routes(
    [
        Route("ANY", "/hooks/{workflow}/{key}", "interlude-api", signed_in=False),
        Route("GET", "/workflows", "interlude-api", signed_in=True),
    ]
)


class Api:
    """A gateway, whose function answers what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.answer: tuple[bytes, str | None] = (b'{"statusCode": 200, "body": "fine"}', None)
        self.client = Client(Gateway(ROUTES, self.invoke, "127.0.0.1:3000", self.lines.append))

    def invoke(self, _name: str, _qualifier: str | None, payload: bytes) -> tuple[bytes, str | None]:
        self.events.append(json.loads(payload))
        return self.answer

    def call(self, path: str = "/hooks/poll/k", method: str = "POST", **more: Any) -> TestResponse:
        more["headers"] = {"Host": "127.0.0.1:3000", **more.get("headers", {})}
        return self.client.open(path, method=method, **more)


@pytest.fixture
def api() -> Iterator[Api]:
    outbox.clear()
    yield Api()
    outbox.clear()


def test_a_request_reaches_its_function(api: Api) -> None:
    """The function gets the event, the client the answer, and the terminal one line."""
    answer = api.call("/hooks/poll/secret-key?a=1", data=b"{}", content_type="application/json")
    assert (answer.status_code, answer.text) == (200, "fine")
    assert api.events[0]["pathParameters"] == {"workflow": "poll", "key": "secret-key"}
    assert api.lines[0].startswith("POST /hooks/poll/secret… 200 ")


def test_an_unknown_route_is_not_found(api: Api) -> None:
    """As API Gateway says it."""
    answer = api.call("/nothing")
    assert (answer.status_code, answer.json) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("answer", [(b'{"errorType": "ValueError"}', "Unhandled"), (b'{"statusCode": "x"}', None)])
def test_a_broken_function_is_an_internal_server_error(api: Api, answer: tuple[bytes, str | None]) -> None:
    """An error of the function, or an answer that is no response."""
    api.answer = answer
    response = api.call()
    assert (response.status_code, response.json) == (500, {"message": "Internal Server Error"})


def test_a_late_function_is_an_unavailable_service(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """An integration has 30 s on AWS."""
    monkeypatch.setattr(gateway, "_INTEGRATION_SECONDS", 0.01)
    never = threading.Event()

    def late(*_: object) -> tuple[bytes, str | None]:
        never.wait(5)
        return b"{}", None

    monkeypatch.setattr(api, "answer", None)
    client = Client(Gateway(ROUTES, late, "127.0.0.1:3000", api.lines.append))
    answer = client.post("/hooks/poll/k", headers={"Host": "localhost:3000"})
    never.set()
    assert (answer.status_code, answer.json) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 5 * 1024 * 1024])
def test_a_body_over_the_limits_is_too_long(api: Api, size: int) -> None:
    """API Gateway takes 10 MB, and Lambda 6 MB of the whole event, where bytes are in base64."""
    answer = api.call(data=b"x" * size)
    assert (answer.status_code, answer.json) == (413, {"message": "Request Too Long"})
    assert not api.events


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", ""])
def test_a_name_that_resolves_to_this_machine_is_refused(api: Api, host: str) -> None:
    """A page can have its own name point to 127.0.0.1, but not change the Host that it is called by."""
    assert api.call(headers={"Host": host}).status_code == 403
    assert not api.events


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_other_sites_have_open_routes_only(api: Api, headers: dict[str, str]) -> None:
    """What needs a sign-in on AWS needs the developer's own pages or programs here; links are for everybody."""
    assert api.call("/workflows", "GET", headers=headers).status_code == 403
    assert api.call("/local/outbox", "GET", headers=headers).status_code == 403
    assert api.call(headers=headers).status_code == 200


def test_own_pages_and_programs_have_every_route(api: Api) -> None:
    """No Origin, or one of this machine."""
    assert api.call("/workflows", "GET").status_code == 200
    assert api.call("/workflows", "GET", headers={"Origin": "http://localhost:3000"}).status_code == 200


def test_the_outbox_shows_sent_mail(api: Api) -> None:
    """GET /local/outbox is answered without a function."""
    outbox.record(
        {
            "Destination": {"ToAddresses": ["you@example.com"]},
            "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "there"}}}},
        }
    )
    answer = api.call("/local/outbox", "GET")
    assert answer.json is not None
    (message,) = answer.json["messages"]
    assert message.pop("sent_at").endswith("Z")
    assert message == {"to": "you@example.com", "subject": "Hi", "text": "there", "html": ""}
    assert not api.events


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/hooks/poll/0123456789", "/hooks/poll/012345…"),
        ("/resume/r1/ask.1/abcdefghij", "/resume/r1/ask.1/abcdef…"),
        ("/cancel/r1/ask.1/abcdefghij", "/cancel/r1/ask.1/abcdef…"),
        ("/runs/0123456789", "/runs/0123456789"),
        ("/", "/"),
        ("/hooks/poll", "/hooks/poll"),
    ],
)
def test_secrets_are_cut_in_what_is_printed(path: str, shown: str) -> None:
    """A key or a signature is shown by its first six characters."""
    assert without_secrets(path) == shown
