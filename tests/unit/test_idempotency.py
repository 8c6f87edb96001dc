"""The header Idempotency-Key, and what makes a request the same as one before."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

import idempotency
from inbound import BadRequest
from inbound import http_event as event_of
from interlude.control import repeats
from tests.unit.http_events import http_event


def key_of(header: str) -> str:
    return idempotency.key_of(APIGatewayProxyEventV2(http_event(idempotency_key=header)))


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        (' "a" ', "a"),
        ('"a";version=1', "a"),
        (r'"say \"a\\b\""', r'say "a\b"'),
        ('" "', " "),
        ("order 7, again", "order 7, again"),
        ("=/+:@~", "=/+:@~"),
        ('a"b', 'a"b'),
        (f'"{"x" * 255}"', "x" * 255),
    ],
)
def test_a_key_is_a_string_as_the_draft_has_it_or_a_bare_one(header: str, key: str):
    """With quotes or without, it is the same key; its parameters mean nothing."""
    assert key_of(header) == key


@pytest.mark.parametrize("header", ["", '""', '"', '"a', '"a"b', '"a","b"', r'"\a"', "ä", '"ä"', "a\tb", "x" * 256])
def test_what_is_no_key_is_refused(header: str):
    """The sentence says what a key is."""
    with pytest.raises(BadRequest, match=r"Idempotency-Key is .*; it must be 1 to 255 printable ASCII characters"):
        key_of(header)


def test_a_request_without_the_header_has_no_key_and_no_mark():
    """Nothing is remembered of it."""
    assert idempotency.key_of(APIGatewayProxyEventV2(http_event())) == ""
    assert repeats.mark("", "hook", {}) is None


def mark_of(**request: Any) -> Any:
    given = {"body": '{"a":1,"b":2}', "content_type": "application/json"} | request
    event = event_of(APIGatewayProxyEventV2(http_event(**given)), below="/hooks/approval/key", raw_body_bytes=100_000)
    assert "raw_body" in event or not given["body"]
    return repeats.mark("k", "hook", event)


def test_a_repetition_may_have_other_headers():
    """Its date, its trace, its caller's address; and what JSON leaves open: blanks, the order of keys. So the body as
    it was sent does not count.
    """
    again = [mark_of(date="tomorrow", traceparent="00-2"), mark_of(body='{"b": 2, "a": 1}')]

    assert again == [mark_of(), mark_of()]


def test_a_form_that_is_sent_again_is_the_same():
    """Its parts are divided by something else each time."""

    def form(boundary: str) -> Any:
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--{boundary}--\r\n'
        return mark_of(body=body, content_type=f"multipart/form-data; boundary={boundary}")

    assert form("x1") == form("y2")


@pytest.mark.parametrize(
    "other",
    [{"method": "PUT"}, {"path": "/hooks/approval/key/x"}, {"query": "a=1"}, {"body": '{"a":1}'}, {"body": None}],
    ids=["method", "path", "query", "body", "no body"],
)
def test_another_request_has_another_mark(other: dict[str, Any]):
    """The same key, and something else that is asked for."""
    assert mark_of(**other).key == mark_of().key
    assert mark_of(**other).content != mark_of().content


def test_doors_have_keys_of_their_own():
    """Who knows a hook can't meet what those who are signed in have asked."""
    assert len({repeats.mark("k", door, {}).key for door in ("hook", "link", "api")}) == 3  # type: ignore[union-attr,arg-type]
