"""local.gateway serves routes as an HTTP API does, and keeps strangers out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from local import gateway, outbox
from local.gateway import Gateway, without_secrets
from local.invocations import Done
from local.routes import Routes
from local.stack import Route
from tests.wsgi import as_wsgi

ROUTES = Routes(
    [
        Route("ANY", "/hooks/{workflow}/{key}", "interlude-api", signed_in=False),
        Route("GET", "/workflows", "interlude-api", signed_in=True),
    ]
)
FOLLOWED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


class Api:
    """A gateway, whose function answers what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.answer: tuple[bytes, str | None] = (b'{"statusCode": 200, "body": "fine"}', None)
        self.client = Client(as_wsgi(Gateway(ROUTES, self.invoke, "127.0.0.1:3000", self.lines.append)))

    def invoke(self, _name: str, _qualifier: str | None, payload: bytes, done: Done) -> None:
        self.events.append(json.loads(payload))
        done(*self.answer)

    def call(self, path: str = "/hooks/poll/k", method: str = "POST", **more: Any) -> TestResponse:
        more["headers"] = {"Host": "127.0.0.1:3000", **more.get("headers", {})}
        return self.client.open(path, method=method, **more)


@pytest.fixture
def api() -> Iterator[Api]:
    outbox.keep_in(None)
    yield Api()
    outbox.keep_in(None)


def test_a_request_reaches_its_function(api: Api) -> None:
    """The function gets the event, the client the answer, and the terminal one line."""
    answer = api.call("/hooks/poll/secret-key?a=1", data=b"{}", content_type="application/json")
    assert (answer.status_code, answer.text) == (200, "fine")
    assert api.events[0]["pathParameters"] == {"workflow": "poll", "key": "secret-key"}
    assert api.lines[0].startswith("POST /hooks/poll/secret… 200 ")


def test_a_request_does_not_write_to_the_terminal(api: Api) -> None:
    """But its line does: without what would move the cursor."""
    api.call("/nothing", environ_overrides={"RAW_URI": "/a\x1b[2Jb"})
    assert api.lines[0].startswith("POST /a?[2Jb 404 ")


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
    calls: list[Any] = []
    late = Gateway(ROUTES, lambda *call: calls.append(call), "127.0.0.1:3000", api.lines.append)
    answer = Client(as_wsgi(late)).post("/hooks/poll/k", headers={"Host": "localhost:3000"})
    assert len(calls) == 1
    assert (answer.status_code, answer.json) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 5 * 1024 * 1024])
def test_a_body_over_the_limits_is_too_long(api: Api, size: int) -> None:
    """API Gateway takes 10 MB, and Lambda 6 MB of the whole event, where bytes are in base64."""
    answer = api.call(data=b"x" * size)
    assert (answer.status_code, answer.json) == (413, {"message": "Request Too Long"})
    assert not api.events


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:3000",
        "127.0.0.1.evil.example",
        "",
        "[::1]:3000",
        "localhost:",
        "localhost:3000.evil.example",
        "localhost:3000:80",
        "localhost.:3000",
    ],
)
def test_a_name_that_resolves_to_this_machine_is_refused(api: Api, host: str) -> None:
    """A page can have its own name point to 127.0.0.1, but not change the Host that it is called by."""
    for path in ("/hooks/poll/k", "/workflows", "/local/outbox", "/nothing"):
        answer = api.call(path, headers={"Host": host})
        assert answer.status_code == 403
        assert answer.json == {
            "message": f"The Host is {host!r}, but must be 127.0.0.1 or localhost, with any port. "
            "Another name can be allowed for hooks and links: --allow-host NAME."
        }
    assert not api.events


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "LocalHost:3000", "localhost:8080", "127.0.0.1"])
def test_this_machine_has_two_names_and_any_port_may_lead_here(api: Api, host: str) -> None:
    """However they are spelt. Another port than ours is forwarded to it, and its own page is not another site's."""
    assert api.call("/workflows", "GET", headers={"Host": host}).status_code == 200
    assert api.call("/workflows", "GET", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200
    assert api.call("/workflows", "GET", headers={"Host": host, "Origin": "http://localhost:5173"}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, "Sec-Fetch-Site is 'cross-site'"),
        ({"Sec-Fetch-Site": "same-site"}, "Sec-Fetch-Site is 'same-site'"),
        ({**FOLLOWED, "Sec-Fetch-Dest": "iframe"}, "Sec-Fetch-Site is 'cross-site'"),
        ({**FOLLOWED, "Sec-Fetch-Mode": "no-cors"}, "Sec-Fetch-Site is 'cross-site'"),
        ({**FOLLOWED, "Origin": "https://evil.example"}, "Origin is 'https://evil.example'"),
        ({**FOLLOWED, "X-Forwarded-For": "203.0.113.7"}, "it has X-Forwarded-For"),
        ({"Origin": "https://evil.example"}, "Origin is 'https://evil.example'"),
        ({"Origin": "http://localhost:5173"}, "Origin is 'http://localhost:5173'"),
        ({"Origin": "http://127.0.0.1:3000.evil.example"}, "Origin is"),
        ({"Origin": "null"}, "Origin is 'null'"),
        ({"X-Forwarded-For": "203.0.113.7"}, "it has X-Forwarded-For"),
        ({"Forwarded": "for=203.0.113.7"}, "it has Forwarded"),
    ],
)
def test_other_sites_have_open_routes_only(api: Api, headers: dict[str, str], named: str) -> None:
    """What needs a sign-in on AWS needs the developer's own pages or programs here; links are for everybody."""
    for path in ("/workflows", "/local/outbox"):
        answer = api.call(path, "GET", headers=headers)
        assert answer.status_code == 403
        assert named in (answer.json or {})["message"]
    assert not api.events
    assert api.call(headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://127.0.0.1:3000"}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}],
)
def test_own_pages_and_programs_have_every_route(api: Api, headers: dict[str, str]) -> None:
    """No Origin, or this server's; an address that somebody has typed."""
    assert api.call("/workflows", "GET", headers=headers).status_code == 200
    assert api.call("/local/outbox", "GET", headers=headers).status_code == 200


def test_a_link_in_a_mail_leads_to_what_only_reads(api: Api) -> None:
    """Another site may lead a tab to the status of a run, which it can't read; it can't have anything done."""
    assert api.call("/workflows", "GET", headers=FOLLOWED).status_code == 200
    assert api.call("/local/outbox", "GET", headers=FOLLOWED).status_code == 200
    for method in ("POST", "PUT", "DELETE"):
        assert api.call("/local/schedules/hourly", method, headers=FOLLOWED).status_code == 403


@pytest.mark.parametrize("host", ["my.tunnel.example", "My.Tunnel.example:443"])
def test_a_tunnel_has_hooks_and_links_only(api: Api, host: str) -> None:
    """Whoever is outside does not see the runs, nor the mail."""
    gateway = Gateway(ROUTES, api.invoke, "127.0.0.1:3000", api.lines.append, "my.tunnel.example")
    client = Client(as_wsgi(gateway))
    seen = {path: client.get(path, headers={"Host": host}).status_code for path in ("/hooks/poll/k", "/workflows")}

    assert seen == {"/hooks/poll/k": 200, "/workflows": 403}
    assert client.get("/local/outbox", headers={"Host": host}).json == {
        "message": "This route is for programs on this machine only; my.tunnel.example has hooks and links."
    }
    assert client.get("/hooks/poll/k", headers={"Host": "other.example"}).status_code == 403
    assert client.get("/workflows", headers={"Host": "127.0.0.1:3000"}).status_code == 200


def test_what_the_server_says_itself_is_for_its_reader_alone(api: Api) -> None:
    """The outbox shows links, so it is not cached, and tells its address nobody."""
    for path in ("/local/outbox", "/nothing"):
        headers = api.call(path, "GET").headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_outbox_shows_sent_mail(api: Api) -> None:
    """GET /local/outbox is answered without a function."""
    outbox.record(
        {
            "FromEmailAddress": "Interlude <me@example.com>",
            "Destination": {"ToAddresses": ["you@example.com"]},
            "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "there"}}}},
        }
    )
    answer = api.call("/local/outbox", "GET")
    assert answer.json is not None
    (message,) = answer.json["messages"]
    assert message.pop("sent_at").endswith("Z")
    assert message.pop("from") == "Interlude <me@example.com>"
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
        ("/hooks/poll/0123456789/orders/in-this-very-long-part", "/hooks/poll/012345…/orders/in-thi…"),
        ("/%72esume/r1/0.1/abcdefghij", "/%72esume/r1/0.1/abcdef…"),
        ("/resume/r1/0.1/abcdefghij/", "/resume/r1/0.1/abcdef…/"),
        ("//resume/r1/0.1/abcdefghijabcdefghijx", "//resume/r1/0.1/abcdef…"),
        ("/resume%2Fr1%2F0.1%2Fabcdefghij", "/resume…"),
        ("/runs/approval-01a2042e9d7c-dd072481e1ca7708/cancel", "/runs/approval-01a2042e9d7c-dd072481e1ca7708/cancel"),
    ],
)
def test_secrets_are_cut_in_what_is_printed(path: str, shown: str) -> None:
    """A key or a signature is shown by its first six characters, also where it stands in the wrong place."""
    assert without_secrets(path) == shown


@pytest.mark.parametrize("target", ["[", "/[", "//[", "http://[/hooks/poll/k", "*", "", "hooks/poll/k"])
def test_a_target_that_is_no_path_leads_nowhere(api: Api, target: str) -> None:
    """And breaks nothing."""
    answer = api.call("/nothing", environ_overrides={"RAW_URI": target})
    assert (answer.status_code, api.events) == (404, [])
