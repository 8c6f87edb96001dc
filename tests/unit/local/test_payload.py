"""local.payload makes the events and responses of payload format 2.0."""

import base64
import json
import re
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from local.payload import event, response
from local.routes import Match
from local.stack import Route
from tests.wsgi import request_of


def made_of(path: str = "/runs/a%20b", body: bytes = b"", **request: Any) -> dict[str, Any]:
    builder = EnvironBuilder(path=path, method="POST", input_stream=None, data=body, **request)
    match = Match(Route("POST", "/runs/{run_id}", "api", signed_in=False), {"run_id": "a b"})
    return event(request_of(builder.get_environ()), match, body, path.partition("?")[0], "127.0.0.1:3000")


def test_an_event_tells_the_whole_request() -> None:
    """Every field that payload format 2.0 has is there, with the values that API Gateway gives it."""
    made = made_of("/runs/a%20b?x=1&x=2&y=&z=%20", headers={"User-Agent": "me", "X-Two": "b", "Cookie": "a=1; b=2"})
    context = made["requestContext"]
    assert made["version"] == "2.0"
    assert made["routeKey"] == context["routeKey"] == "POST /runs/{run_id}"
    assert made["rawPath"] == "/runs/a b"
    assert made["rawQueryString"] == "x=1&x=2&y=&z=%20"
    assert made["queryStringParameters"] == {"x": "1,2", "y": "", "z": " "}
    assert made["pathParameters"] == {"run_id": "a b"}
    assert made["cookies"] == ["a=1", "b=2"]
    assert made["headers"]["x-two"] == "b"
    assert made["headers"]["x-forwarded-proto"] == "http"
    assert "cookie" not in made["headers"]
    assert context["http"] == {
        "method": "POST",
        "path": "/runs/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "me",
    }
    assert (context["domainName"], context["domainPrefix"], context["stage"]) == ("127.0.0.1:3000", "127", "$default")
    assert (context["accountId"], context["apiId"]) == ("123456789012", "local")
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])
    assert isinstance(context["timeEpoch"], int)
    assert context["requestId"]


def test_a_query_that_was_sent_without_escapes_is_escaped() -> None:
    """UTF-8 is read as such, and no byte of another charset gets lost."""
    made = made_of(environ_overrides={"QUERY_STRING": "name=Jürgen".encode().decode("latin-1")})
    other = made_of(environ_overrides={"QUERY_STRING": "name=J\xfcrgen&a=%20"})

    assert made["rawQueryString"] == "name=J%C3%BCrgen"
    assert made["queryStringParameters"] == {"name": "Jürgen"}
    assert other["rawQueryString"] == "name=J%FCrgen&a=%20"


def test_what_a_request_has_not_its_event_has_not() -> None:
    """Cookies, query and body are absent, not empty."""
    made = made_of("/runs/a")
    assert not {"cookies", "queryStringParameters", "body"} & made.keys()
    assert made["isBase64Encoded"] is False


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "text/csv", "application/xml", "TEXT/plain"]
)
def test_texts_stay_texts(kind: str) -> None:
    """Bodies of the few types that API Gateway takes for text are given as they are."""
    made = made_of(body="ä".encode(), content_type=kind)
    assert (made["body"], made["isBase64Encoded"]) == ("ä", False)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png", "", "text/plain"]
)
def test_everything_else_is_given_in_base64(kind: str) -> None:
    """Forms, files, bodies without a type, and text that is none."""
    body = b"\xff\x00"
    made = made_of(body=body, content_type=kind)
    assert (base64.b64decode(made["body"]), made["isBase64Encoded"]) == (body, True)


def test_an_answer_becomes_a_response() -> None:
    """Status, headers, cookies and a body in base64."""
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "image/png", "x-n": 1},
        "cookies": ["a=1", "b=2"],
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }
    made = response(json.dumps(answer).encode())
    assert (made.status, made.body) == (201, b"\x89PNG")
    assert made.headers == [("Content-Type", "image/png"), ("x-n", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]


@pytest.mark.parametrize(
    ("answer", "body"), [({"a": 1}, b'{"a": 1}'), ("text", b"text"), ([1], b"[1]"), (None, b"null"), ("", b"")]
)
def test_an_answer_without_a_status_is_a_body(answer: object, body: bytes) -> None:
    """API Gateway takes it for a 200 with JSON."""
    made = response(json.dumps(answer).encode())
    assert (made.status, made.headers, made.body) == (200, [("content-type", "application/json")], body)


@pytest.mark.parametrize(
    "answer",
    [{"statusCode": "x"}, {"statusCode": 200, "body": {"a": 1}}, {"statusCode": 200, "headers": {"x": "a\r\ny: b"}}],
)
def test_an_answer_of_no_use_is_refused(answer: object) -> None:
    """A status that is no number, a body that is no text, a header that would be two."""
    with pytest.raises(ValueError, match=r"."):
        response(json.dumps(answer).encode())
