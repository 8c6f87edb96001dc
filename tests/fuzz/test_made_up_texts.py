"""Texts that people and programs write: each is understood, or refused in a sentence, in no time."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from hypothesis import given
from hypothesis import strategies as st

import idempotency
import preferences
import signatures
from inbound import BadRequest
from interlude.control.awaiting import MAX_S
from interlude.errors import BadOption
from interlude.options import Options
from interlude.pd import expressions
from interlude.run.schedules import timer_event
from signatures import NotSigned
from tests.fuzz.amount import MARKS, inputs
from tests.fuzz.values import NAMES, VALUES
from tests.unit.http_events import http_event

pytestmark = MARKS

EXPRESSIONS = st.text("{}'\"`\\ .steps[0]$?a", max_size=80) | st.lists(
    st.sampled_from(
        [
            "{{",
            "}}",
            "steps",
            "event",
            "process.env",
            ".",
            "?.",
            "[",
            "]",
            "0",
            "'",
            '"',
            "a",
            "length",
            "\\",
            " ",
            "\n",
        ]
    ),
    max_size=16,
).map("".join)
HEADERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text(
    'wait=1 ;,"\\respond-async', max_size=60
)


@inputs(300)
@given(EXPRESSIONS, st.dictionaries(NAMES | st.sampled_from(["a", "steps", "0"]), VALUES, max_size=3))
def test_an_expression_is_a_path_or_told_to_be_none(text: str, steps: dict[str, Any]):
    """And what is said to be a script is what stands in the text."""
    scripts = expressions.problems(text)
    try:
        expressions.resolve(text, lambda: {"trigger": {"event": steps}, **steps}, {"A": "a"})
        told = []
    except expressions.NoPath as error:
        told = [error.expression]
    assert told == scripts[:1]
    assert all(f"{{{{{script}}}}}" in text for script in scripts)


@inputs(200)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["respond", "on_error=", "=", "x", "verify=", "verify=github:ssm:x"])).map(" ".join)
)
def test_options_are_words_or_refused(text: str):
    """And where it is too late to refuse, the rest counts."""
    known = Options.known(text)
    with suppress(BadOption):
        assert Options.parse(text) == known
    assert known.respond == ("respond" in text.split())


def event_of(**headers: str) -> APIGatewayProxyEventV2:
    return APIGatewayProxyEventV2(http_event(**headers))


@inputs(200)
@given(HEADERS | st.integers(0, 10**12).map("wait={}".format))
def test_a_preference_is_understood_or_left_out(header: str):
    """Whatever it says, nobody waits for longer than the API may."""
    found = preferences.of(event_of(prefer=header))

    assert found.wait_s is None or 0 <= found.wait_s <= MAX_S


@inputs(200)
@given(HEADERS)
def test_an_idempotency_key_is_one_or_a_bad_request(header: str):
    """Of printable ASCII characters."""
    with suppress(BadRequest):
        key = idempotency.key_of(event_of(idempotency_key=header))
        assert 0 < len(key) <= idempotency.MAX_CHARACTERS
        assert key.isascii()
        assert key.isprintable()


MOMENTS = st.datetimes().map(lambda moment: moment.isoformat()) | st.sampled_from(
    ["2026-11-22T18:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-11-22T18:00:00+23:59"]
)
ZONES = st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "../../etc/passwd", "/etc", "\0", ""])


@inputs(200)
@given(
    st.fixed_dictionaries({}, optional={"time": MOMENTS | VALUES, "timezone": ZONES | VALUES, "cron": VALUES}) | VALUES
)
def test_a_schedule_is_a_timer_s_event_or_stays_what_it_is(given_input: Any):
    """Somebody may have written its Input by hand."""
    value = {"interlude_schedule": given_input}

    made = timer_event(value)

    assert made == value or ("timestamp" in made and "timezone_utc" in made)


SIGNED_BY = ["github", "shopify", "slack", "stripe", "hmac-sha256-hex:x-sign", "hmac-sha256-base64:x-sign"]
SIGNATURES = st.text(st.characters(exclude_categories=[]), max_size=40) | st.lists(
    st.sampled_from(["t=", "v1=", "v0=", "sha256=", ",", "=", "1800000000", "0" * 64, "ü", "\ud800"]), max_size=8
).map("".join)  # fmt: skip


@inputs(200)
@given(st.sampled_from(SIGNED_BY), SIGNATURES, SIGNATURES, st.binary(max_size=20))
def test_no_text_is_a_signature(sender: str, signature: str, sent_at: str, body: bytes):
    """Each is refused in a sentence, whatever it is made of."""
    verify = Options.parse(f"verify={sender}:ssm:x").verify
    assert verify
    headers = {verify.header.lower().replace("-", "_"): signature, "x_slack_request_timestamp": sent_at}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signatures, "_secrets", lambda _: ["a secret"])
        with pytest.raises(NotSigned):
            signatures.check(verify, APIGatewayProxyEventV2(http_event(body=body, **headers)))


TEXTS: dict[str, Callable[[str], Any]] = {
    "expression": expressions.problems,
    "option": Options.known,
    "preference": lambda text: preferences.of(event_of(prefer=text)),
    "key": lambda text: idempotency.KEY.fullmatch(text),
}


@pytest.mark.parametrize("name", TEXTS)
@inputs(30)
@given(
    begin=st.text("{}'\"`\\ .steps[0]$?a=,;", max_size=6), part=st.text("{}'\"`\\ .[0]$?a=,;", min_size=1, max_size=6)
)
def test_no_text_takes_long(name: str, begin: str, part: str):
    """50,000 characters that repeat themselves, counted in the processor's time: squared it would be minutes."""
    text = begin + part * (50_000 // len(part))
    started = time.process_time()

    TEXTS[name](text)

    assert time.process_time() - started < 10
