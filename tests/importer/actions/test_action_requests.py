"""HTTP requests, and the answer to the workflow's caller."""

import base64
import json
from typing import Any

import pytest

from importer.actions import translate
from tests.importer.actions.conftest import Act, Server

CUSTOM = "http-custom-request@1.1.2"
JSON = {"Content-Type": "application/json"}


def fields(**values: str) -> list[dict[str, str]]:
    """Names and values as Pipedream's editor keeps them, with the empty line at the end."""
    return [*({"name": name, "value": value} for name, value in values.items()), {"name": "", "value": ""}]


def test_a_get_request_returns_what_its_json_says(act: Act, server: Server):
    """Parameters are added to the URL's own."""
    server.answers["/models"] = (200, JSON, b'\xef\xbb\xbf{"models": [1]}')
    props = {
        "httpRequest": {
            "method": "GET",
            "url": f"{server.url}/models?v=1",
            "params": fields(q="a b&c"),
            "tab": "params",
        }
    }

    ran = act("http-get-request@1.1.2", props)

    assert ran.returned == {"models": [1]}
    assert ran.exports.keys() == {"$return_value"}
    assert (server.asked.method, server.asked.path) == ("GET", "/models?v=1&q=a+b%26c")
    assert server.asked.headers["accept"] == "application/json, text/plain, */*"


def test_an_answer_that_is_no_json_is_text(act: Act, server: Server):
    """Whatever its content type says; bytes that are no text become signs of their own."""
    server.answers["/"] = (201, JSON, b"created\xff")

    assert act(CUSTOM, {"httpRequest": {"url": f"{server.url}/"}}).returned == "created�"


def test_headers_are_exported_where_they_are_asked_for(act: Act, server: Server):
    """By their names in lower case."""
    server.answers["/"] = (200, {"X-Total": "7"}, b"{}")

    ran = act(CUSTOM, {"httpRequest": {"method": "GET", "url": f"{server.url}/"}, "includeHeaders": True})

    assert ran.exports["headers"]["x-total"] == "7"


@pytest.mark.parametrize("status", [400, 404, 429, 500, 304])
def test_what_is_no_success_fails_the_step(act: Act, server: Server, status: int):
    """At once, whatever Retry-After says. The sentence has the URL without its parameters, which may be secret."""
    content = b"" if status == 304 else b'{"error": "slow down"}'
    server.answers["/x"] = (status, {"Retry-After": "60"}, content)

    ran = act(CUSTOM, {"httpRequest": {"method": "POST", "url": f"{server.url}/x?key=secret"}})

    assert ran.error
    assert ran.error.message == f"POST {server.url}/x answered {status}: {content.decode()}"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        (
            {"contentType": "application/json", "mode": "raw", "raw": '{"id": "{{steps.a.id}}"}', "type": "raw"},
            "application/json",
            b'{"id": "7"}',
        ),
        ({"contentType": "application/json", "mode": "raw", "raw": "{{steps.a}}"}, "application/json", b'{"id": 7}'),
        (
            {"contentType": "application/json", "type": "fields", "fields": fields(id="{{steps.a.id}}", b="x")},
            "application/json",
            b'{"id": 7, "b": "x"}',
        ),
        (
            {"contentType": "application/x-www-form-urlencoded", "mode": "fields", "fields": fields(a="ä b")},
            "application/x-www-form-urlencoded",
            b"a=%C3%A4+b",
        ),
        ({"contentType": "text/plain", "mode": "raw", "raw": "über"}, "text/plain", "über".encode()),
        ({"contentType": "application/json", "mode": "raw", "raw": ""}, None, b""),
        ({"contentType": "application/json", "fields": [], "raw": ""}, None, b""),
    ],
)
def test_a_body_is_sent_in_its_form(act: Act, server: Server, body: Any, content_type: str | None, sent: bytes):
    """Fields or raw, and as what the content type says."""
    server.answers["/"] = (200, {}, b"")

    ran = act("http-post-request@1.1.2", {"httpRequest": {"url": f"{server.url}/", "body": body}}, {"a": {"id": 7}})

    assert ran.returned == ""
    assert (server.asked.method, server.asked.body) == ("POST", sent)
    assert server.asked.headers.get("content-type") == content_type


def test_a_form_of_parts_has_its_boundary(act: Act, server: Server):
    """Whatever content type stands among the headers."""
    server.answers["/"] = (200, {}, b"")
    body = {"contentType": "multipart/form-data", "mode": "fields", "fields": fields(title="Report", pages="3")}
    headers = [{"name": "Content-Type", "value": "multipart/form-data"}]

    act(CUSTOM, {"httpRequest": {"method": "POST", "url": f"{server.url}/", "headers": headers, "body": body}})

    kind, _, boundary = server.asked.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    assert server.asked.body.count(boundary.encode()) == 3
    assert b'name="title"\r\n\r\nReport\r\n' in server.asked.body


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ({"type": "bearer", "token": "{{process.env.API_KEY}}"}, "Bearer k-1"),
        ({"type": "basic", "username": "me", "password": "pässword"}, "Basic bWU6cMOkc3N3b3Jk"),
        ({"type": "basic", "username": "key"}, "Basic a2V5Og=="),
        ({"type": "none"}, None),
    ],
)
def test_a_request_is_authorized(
    act: Act, server: Server, monkeypatch: pytest.MonkeyPatch, auth: dict[str, str], sent: str | None
):
    """By a token, or by a name and a password."""
    monkeypatch.setenv("API_KEY", "k-1")
    server.answers["/"] = (200, {}, b"")

    act(CUSTOM, {"httpRequest": {"method": "GET", "url": f"{server.url}/", "auth": auth}})

    assert server.asked.headers.get("authorization") == sent


@pytest.mark.parametrize("auth", [{"type": "oauth"}, {"$account": "slack"}, "{{steps.a.auth}}"])
def test_a_request_with_another_authorization_has_no_translation(auth: Any):
    """Rather than to be sent without it."""
    assert translate(CUSTOM, {"httpRequest": {"method": "GET", "url": "https://example.com", "auth": auth}}) is None


def test_a_post_that_is_redirected_becomes_a_get(act: Act, server: Server):
    """As in Pipedream's client, and in browsers; the first server's login stays with it, as it is the same."""
    server.answers["/a"] = (302, {"Location": "/b?x=1"}, b"")
    server.answers["/b"] = (200, {}, b'"there"')
    auth = {"type": "bearer", "token": "t"}
    props = {"httpRequest": {"method": "POST", "url": f"{server.url}/a", "auth": auth, "body": {"raw": "x"}}}

    assert act(CUSTOM, props).returned == "there"
    assert [(each.method, each.path, each.body) for each in server.requests] == [
        ("POST", "/a", b"x"),
        ("GET", "/b?x=1", b""),
    ]
    assert server.requests[1].headers["authorization"] == "Bearer t"


def test_a_redirection_to_another_server_leaves_the_login_behind(act: Act, server: Server):
    """The same machine under another name is another server."""
    server.answers["/a"] = (307, {"Location": f"{server.url.replace('127.0.0.1', 'localhost')}/b"}, b"")
    server.answers["/b"] = (200, {}, b"1")
    auth = {"type": "bearer", "token": "t"}
    props = {"httpRequest": {"method": "PUT", "url": f"{server.url}/a", "auth": auth, "body": {"raw": "x"}}}

    assert act(CUSTOM, props).returned == 1
    assert (server.requests[1].method, server.requests[1].body) == ("PUT", b"x")
    assert "authorization" not in server.requests[1].headers


def test_redirections_have_an_end(act: Act, server: Server):
    """After five, the answer is a failure."""
    server.answers["/a"] = (302, {"Location": "/a"}, b"")

    ran = act(CUSTOM, {"httpRequest": {"url": f"{server.url}/a"}})

    assert ran.error
    assert ran.error.message == f"GET {server.url}/a answered 302: "
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("uses", "props", "method", "body"),
    [
        ("http-custom-request@0.1.2", {"method": "DELETE", "data": {"a": 1}}, "DELETE", b'{"a": 1}'),
        ("http-custom-request@0.0.22", {"method": "PUT", "body": "a=1"}, "PUT", b"a=1"),
        ("http-get-request@0.1.2", {}, "GET", b""),
        ("http-post-request@0.1.1", {"data": "{{steps.a}}"}, "POST", b'{"id": 7}'),
        ("http-put-request@0.1.1", {"data": "x"}, "PUT", b"x"),
        ("helper_functions-send-http-request@0.1.1", {"payload": "x"}, "POST", b"x"),
    ],
)
def test_the_earlier_requests_are_translated_too(
    act: Act, server: Server, uses: str, props: dict[str, Any], method: str, body: bytes
):
    """They had a prop for each part, and objects instead of lists."""
    server.answers["/"] = (200, {}, b"true")
    given = {"url": f"{server.url}/", "params": {"q": "1", "none": None}, "headers": {"X-A": "b"}, **props}

    assert act(uses, given, {"a": {"id": 7}}).returned is True
    assert (server.asked.method, server.asked.path, server.asked.body) == (method, "/?q=1", body)
    assert server.asked.headers["x-a"] == "b"


@pytest.mark.parametrize("auth", [{"auth": "me|se|cret"}, {"basicAuthUsername": "me", "basicAuthPassword": "se|cret"}])
def test_the_earlier_requests_have_a_name_and_a_password(act: Act, server: Server, auth: dict[str, str]):
    """In one text or in two."""
    server.answers["/"] = (200, {}, b"")

    act("http-get-request@0.1.3", {"url": f"{server.url}/", **auth})

    assert base64.b64decode(server.asked.headers["authorization"].removeprefix("Basic ")) == b"me:se|cret"


def test_what_version_1_1_0_returned_is_told():
    """It alone put the headers around the data."""
    made = translate("http-custom-request@1.1.0", {"httpRequest": {"method": "GET", "url": "https://example.com"}})

    assert made is not None
    assert made.notes == ("Version 1.1.0 returned {headers, data}; the step returns only the data.",)


def test_a_response_has_status_headers_and_body(act: Act):
    """As the runtime's pd.respond takes it."""
    props = {"resStatusCode": 201, "resHeaders": {"X-A": "b"}, "resBody": "{{steps.get_photos.$return_value}}"}

    ran = act("http-return-http-response@0.0.5", props, {"get_photos": {"$return_value": [1]}})

    assert ran.error is None
    assert ran.responses == [{"status": 201, "headers": {"X-A": "b"}, "body": [1]}]


def test_a_response_has_pipedreams_defaults(act: Act):
    """The body is a text, too."""
    assert act("http-return-http-response@0.0.5", {}).responses == [
        {"status": 200, "headers": {}, "body": '{ "success": true }'}
    ]


def test_a_body_that_looks_like_javascript_is_told():
    """It is a text without braces, so it is sent as it stands."""
    props = {"resStatusCode": 200, "resBody": '{ "photos": steps.get_photos.$return_value }'}

    made = translate("http-return-http-response@0.0.3", props)

    assert made is not None
    assert made.inputs == props
    [note] = made.notes
    assert note == (
        """resBody is sent unchanged, '{ "photos": steps.get_photos.$return_value }': """
        "put {{ and }} around each expression."
    )


@pytest.mark.parametrize(
    ("props", "shown", "let_in"),
    [
        ({"authType": "bearer", "bearer": "Bearer t"}, "Bearer t", True),
        ({"authType": "bearer", "bearer": "Bearer t"}, "Bearer u", False),
        ({"authType": "bearer", "bearer": "Bearer t"}, None, False),
        ({"authType": "bearer", "bearer": "{{process.env.NOT_SET}}"}, None, False),
        ({"authType": "key", "key": "k"}, "k", True),
        ({"authType": "basic", "basicAuthUsername": "me", "basicAuthPassword": "x"}, "Basic bWU6eA==", True),
    ],
)
def test_a_caller_who_does_not_show_what_is_wanted_is_refused(
    act: Act, props: dict[str, str], shown: str | None, let_in: bool
):
    """With 401, and the run ends. What is wanted and not there lets nobody in."""
    event = {"headers": {} if shown is None else {"authorization": shown}}

    ran = act("http-validate-webhook-auth@0.0.1", props, {"trigger": {"event": event}})

    assert ran.error is None
    assert ran.ended is not let_in
    assert ran.responses == ([] if let_in else [{"status": 401, "body": "Invalid credentials"}])


def test_inputs_of_a_request_can_be_read(server: Server):
    """They are as they were in workflow.yaml."""
    request = {"method": "POST", "url": "https://example.com", "params": [], "body": {"mode": "raw", "raw": "x"}}

    made = translate(CUSTOM, {"httpRequest": {**request, "tab": "body", "auth": None}})

    assert made is not None
    assert json.loads(json.dumps(made.inputs)) == {"httpRequest": request}
