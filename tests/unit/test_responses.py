"""What pd.respond takes, and what it makes of it."""

from typing import Any

import pytest

from interlude.errors import BadCall, TooLarge
from interlude.pd import masking
from interlude.pd.responses import checked

JSON = "dict with text keys, list, text, number, True, False, None"


@pytest.mark.parametrize(
    ("given", "body", "is_base64", "content_type"),
    [
        ({"body": "hello"}, "hello", False, "text/plain; charset=utf-8"),
        ({"body": {"a": [1, None]}}, '{"a":[1,null]}', False, "application/json"),
        ({"body": [1]}, "[1]", False, "application/json"),
        ({"body": 0}, "0", False, "application/json"),
        ({"body": False}, "false", False, "application/json"),
        ({"body": b"\x89PNG"}, "iVBORw==", True, "application/octet-stream"),
        ({"body": bytearray(b"a")}, "YQ==", True, "application/octet-stream"),
        ({"body": None}, "", False, "text/plain; charset=utf-8"),
        ({}, "", False, "text/plain; charset=utf-8"),
    ],
)
def test_a_body_is_text_bytes_or_json(given: Any, body: str, is_base64: bool, content_type: str):
    """Each with the type that goes with it."""
    assert checked(given) == {
        "status": 200,
        "headers": {"content-type": [content_type]},
        "body": body,
        "is_base64": is_base64,
    }


def test_a_type_of_the_step_s_own_counts():
    """However it is spelt."""
    assert checked({"headers": {"Content-Type": "text/html"}})["headers"] == {"Content-Type": ["text/html"]}


def test_what_utf_8_cannot_hold_is_replaced():
    """The caller gets an answer."""
    assert checked({"body": "\ud800!"})["body"] == "?!"


def test_immediate_is_what_happens_anyway():
    """Steps that were written after those in Node say so."""
    assert checked({"status": 202, "immediate": True})["status"] == 202


def test_a_header_without_a_value_is_left_out():
    """None is no text."""
    assert checked({"headers": {"content-type": "a/b", "X-Nothing": None}})["headers"] == {"content-type": ["a/b"]}


def test_a_header_may_have_several_values():
    """And values that are no text, as numbers are in Pipedream's own examples."""
    headers = checked({"headers": {"content-type": "a/b", "Set-Cookie": ["a=1", "b=2"], "X-Count": 3}})["headers"]

    assert headers == {"content-type": ["a/b"], "Set-Cookie": ["a=1", "b=2"], "X-Count": ["3"]}


@pytest.mark.parametrize(("status", "expected"), [(302, 302), ("404", 404), (599, 599)])
def test_a_status_may_be_text(status: Any, expected: int):
    """Expressions make texts of numbers."""
    assert checked({"status": status})["status"] == expected


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("hello", 'pd.respond: the response is \'hello\'; it must be {"status", "headers", "body"}.'),
        (
            {"statusCode": 200},
            'pd.respond: the response is {\'statusCode\': 200}; it must be {"status", "headers", "body"}.',
        ),
        ({"status": 99}, "pd.respond: status is 99; it must be a whole number from 200 to 599."),
        ({"status": True}, "pd.respond: status is True; it must be a whole number from 200 to 599."),
        ({"status": "ok"}, "pd.respond: status is 'ok'; it must be a whole number from 200 to 599."),
        ({"headers": ["a"]}, "pd.respond: headers is ['a']; it must be a dict of names and values."),
        ({"headers": {"a b": "c"}}, "pd.respond: the header 'a b' has a name that HTTP does not allow."),
        ({"headers": {"a": "b\r\nc: d"}}, "pd.respond: the header a is 'b\\r\\nc: d'; it must be one line of text."),
        ({"headers": {"a": "\u20ac"}}, "pd.respond: the header a is '€'; it must be one line of text."),
        (
            {"body": {"when": {1, 2}}},
            f"pd.respond: body['when'] is a set ({{1, 2}}); only JSON values are allowed: {JSON}.",
        ),
    ],
)
def test_what_is_no_response_is_refused_at_the_call(given: Any, sentence: str):
    """In one sentence that names the part, the value and what is allowed."""
    with pytest.raises(BadCall) as refused:
        checked(given)

    assert str(refused.value) == sentence


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret that this process has read, and some that are called like parts of a response."""
    monkeypatch.setattr(masking, "_forms", set())
    monkeypatch.setattr(masking, "_pattern", None)
    monkeypatch.setattr(masking, "_watch_output", lambda: None)
    masking.learn(["a-token", "status", "headers", "is_base64", "x-name", 123456])
    return "a-token"


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        ("it is a-token", "it is (secret)"),
        ({"token": "a-token", "status": 123456}, '{"token":"(secret)","(secret)":"(secret)"}'),
        (b"it is a-token", "aXQgaXMgKHNlY3JldCk="),
        (memoryview(b"it is a-token"), "aXQgaXMgKHNlY3JldCk="),
        (b"\xffa-token", "/2EtdG9rZW4="),
    ],
)
def test_a_response_is_masked_where_the_step_has_made_it(secret: str, body: Any, masked: str):
    """Its body, unless that is no text, and the values of its headers; what the API needs to know stays."""
    given = {"status": 201, "headers": {"X-Token": ["1", f"Bearer {secret}"], "x-name": 123456}, "body": body}

    response = checked(given)

    assert response == {
        "status": 201,
        "headers": {
            "X-Token": ["1", "Bearer (secret)"],
            "x-name": ["(secret)"],
            "content-type": response["headers"]["content-type"],
        },
        "body": masked,
        "is_base64": isinstance(body, bytes | memoryview),
    }


def test_a_body_fits_into_an_answer_of_lambda():
    """4.5 MB of bytes do, as base64; more is refused before the caller waits in vain."""
    checked({"body": b"x" * 4_500_000})

    with pytest.raises(TooLarge) as refused:
        checked({"body": b"x" * 4_600_000})

    assert str(refused.value) == (
        "pd.respond: the body would be 6133336 bytes of Lambda's response; at most 6000000 are allowed."
    )
