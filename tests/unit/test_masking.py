"""Secrets in what a step prints, logs, exports and fails with."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from interlude.errors import BadCall
from interlude.pd import masking, secret_texts, usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.flow import Flow
from interlude.run import payloads

SECRET = 'xoxb-1"2\\3/4 ä&5'
KEY = "-----BEGIN KEY-----\nMIIEvQIBADAN\nshort\nBgkqhkiG9w0B\n-----END KEY-----\n"


@pytest.fixture(autouse=True)
def learned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has read two secrets, and is forgotten after the test."""
    streams = [(stream, stream.write) for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__) if stream]
    monkeypatch.setattr(masking, "_forms", set())
    monkeypatch.setattr(masking, "_pattern", None)
    monkeypatch.setattr(logging.Handler, "format", logging.Handler.format)
    masking.learn({"oauth_access_token": SECRET, "keys": [KEY], "id": 12, "team": "T1"})
    yield
    for stream, write in streams:
        stream.write = write  # type: ignore[method-assign]


def attempt() -> Pd:
    flow = Flow(1, "resume", lambda: {"resume_url": "https://r", "cancel_url": "https://c"})
    return Pd(flow, Attributes(), dict, lambda response: None)


@pytest.mark.parametrize("kind", ["lists", "objects"])
def test_a_value_may_be_as_deep_as_values_may_be(kind: str):
    """Masking goes through all of it; what is deeper is refused before."""

    def nested(levels: int) -> Any:
        value: Any = SECRET
        for _ in range(levels):
            value = [value] if kind == "lists" else {"a": value}
        return value

    pd = attempt()
    pd.export("deep", nested(200))

    assert "(secret)" in pd.export_text()
    with pytest.raises(BadCall, match="at most 200 levels"):
        pd.export("deeper", nested(1_000))


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(json.dumps({"t": SECRET})),
        repr({"t": SECRET}),
        ascii({"t": SECRET}),
        repr(SECRET.encode()),
        json.dumps(repr(SECRET.encode())),
        str(json.dumps({"t": SECRET}).encode()),
        f"https://api.example/?{urlencode({'token': SECRET})}",
        f"https://api.example/{quote(SECRET)}/x",
        KEY,
        repr(KEY),
        KEY.replace("\n", "\r\n"),
        "the line MIIEvQIBADAN of it",
    ],
)
def test_a_secret_is_masked_however_it_is_written(text: str):
    """As it is, in JSON, in JSON within JSON, in a repr, in a URL; of several lines, each."""
    masked = masking.mask(f"before {text} after")

    assert "(secret)" in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    for part in ("xoxb", "MIIEvQ", "Bgkqhk"):
        assert part not in masked


def test_what_is_short_or_no_text_is_no_secret():
    """It stands in too many places by chance: T1, 12, and a short line of a long secret."""
    assert masking.mask("T1 has 12, short") == "T1 has 12, short"


@pytest.mark.parametrize("write", [repr, ascii])
def test_a_secret_with_an_apostrophe_is_masked_in_any_quotation_marks(write: Any):
    """Python writes it in another way where the text has the other marks, too."""
    masking.learn("it's pässwörd")

    assert masking.mask(write(["it's pässwörd"])) == '["(secret)"]'
    assert masking.mask(write(['"it\'s pässwörd"'])) == "['\"(secret)\"']"
    assert masking.mask(write("it's pässwörd".encode())) == 'b"(secret)"'
    assert masking.mask(write(b'"' + "it's pässwörd".encode())) == "b'\"(secret)'"


def test_a_number_of_six_digits_is_a_secret():
    """A PIN is one, however it is stored; a part of a number that looks like it is none."""
    masking.learn({"pin": 987654321, "rate": 1.5, "few": 12345, "yes": True})
    value = {"pin": 987654321, "time": 1987654321, "few": 12345, "rate": 1.5, "yes": True}

    assert masking.mask("the pin 987654321 or 12345") == "the pin (secret) or 12345"
    assert json.loads(masking.mask_json(json.dumps(value))) == {**value, "pin": "(secret)"}


def test_the_parts_of_a_secret_that_is_json_are_secrets():
    """Secrets Manager's key/value form, and the file of a service account: as it is, and in a field of an account."""
    told = json.dumps({"private_key": KEY, "token": "token-in-json", "type": "service_account"}, indent=2)
    for secret in (told, {"key_json": told}):
        masking._forms.clear()
        masking.learn(secret)

        assert masking.mask("token-in-json service_account MIIEvQIBADAN") == "(secret) service_account (secret)"
        assert masking.mask(f"the file: {told}") == "the file: (secret)"


def test_plain_fields_of_an_account_are_no_secrets():
    """They stand in many texts that people want to read; however their names are spelt."""
    masking.learn(
        {
            "host": "db.example.com",
            "port": 543210,
            "base_url": "https://api.example.com/v2",
            "instanceUrl": "https://eu1.example.com",
            "Token-Type": "bearer-token",
            "scope": ["chat:write", "users:read"],
            "password": "the-password",
        }
    )
    text = "db.example.com 543210 https://api.example.com/v2 https://eu1.example.com bearer-token chat:write users:read"

    assert masking.mask(f"{text} the-password") == f"{text} (secret)"


@pytest.mark.parametrize(
    ("account", "secret"),
    [
        ({"user": {"token": "abc-token", "name": "x"}}, "abc-token"),
        ({"scope": [{"token": "abc-token"}]}, "abc-token"),
        ({"database": '{"password": "abc-token"}'}, "abc-token"),
        ({"base_url": "https://me:abc-token@example.com"}, "https://me:abc-token@example.com"),
        ({"instance_url": "https://example.com/?key=abc-token"}, "https://example.com/?key=abc-token"),
        ({"api_url": "https://example.com/bot12345678:abcdefghijkl/"}, "https://example.com/bot12345678:abcdefghijkl/"),
        ({"username": "abc-token", "password": "abc-token"}, "abc-token"),
        ({"hostess": "abc-token"}, "abc-token"),
    ],
)
def test_a_plain_field_hides_no_secret(account: dict[str, Any], secret: str):
    """An object in one has fields of its own, a URL may hold a password, and what is secret elsewhere is secret."""
    masking.learn(account)

    assert masking.mask(f"it is {secret}.") == "it is (secret)."


def test_the_plain_fields_are_told():
    """In the documentation, each of them."""
    page = Path("docs/inputs.md").read_text(encoding="utf-8")

    assert [name for name in secret_texts.PLAIN.split() if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    "cut", [payloads.short, lambda value: _refusal(value), lambda value: payloads.short({"a": value})]
)
def test_what_is_quoted_in_part_is_masked_before_it_is_cut(cut: Any):
    """What is left of a long secret would be known to nobody."""
    secret = "begin-of-secret-" + "x" * 100
    masking.learn(secret)

    assert "begin-of" not in cut(secret)
    assert "(secret)" in cut(secret)


def _refusal(value: str) -> str:
    with pytest.raises(BadCall) as refused:
        attempt().flow.delay(value)  # type: ignore[arg-type]
    return str(refused.value)


@pytest.mark.parametrize(
    ("data", "masked"),
    [
        (f"token {SECRET}".encode(), b"token (secret)"),
        (b"\xff" + SECRET.encode(), b"\xff" + SECRET.encode()),
        ("größe".encode(), "größe".encode()),
    ],
)
def test_bytes_that_are_text_are_masked(data: bytes, masked: bytes):
    """Others would no longer be what they were."""
    assert masking.mask_bytes(data) == masked


def test_of_many_secrets_each_is_masked():
    """However their beginnings resemble each other."""
    secrets = [f"{first}{second}{'-' * length}end" for first in "ab" for second in "ab" for length in (3, 6, 9)]
    masking.learn(secrets)

    assert masking.mask(" ".join(secrets)) == " ".join(["(secret)"] * 12)
    assert masking.mask("aa--end ab---en b---end") == "aa--end ab---en b---end"


def test_a_secret_that_begins_another_leaves_nothing_of_it():
    """The longer one is masked first."""
    masking.learn(["abcdef", "abcdefghijkl"])

    assert masking.mask("abcdefghijkl abcdef") == "(secret) (secret)"


@pytest.mark.parametrize(
    ("secret", "value", "masked"),
    [
        ("nabcdef", {"a": "x\nabcdef"}, {"a": "x\nabcdef"}),
        ('","b":"', {"a": "1", "b": "2"}, {"a": "1", "b": "2"}),
        ("123456", {"pin": 123456, "not": 12345}, {"pin": "(secret)", "not": 12345}),
        ("abcdef\\", {"a": "abcdef\\", "b": ['abcdef\\"']}, {"a": "(secret)", "b": ['(secret)"']}),
        ("the key", {"the key": "x", "other": 1}, {"(secret)": "x", "other": 1}),
        (
            "the key",
            {"the key": 1, "(secret)": 2, "(secret) 2": 3},
            {"(secret)": 1, "(secret) 2": 2, "(secret) 2 2": 3},
        ),
        ("123456", {"n": 91234567, "x": 1.234567}, {"n": 91234567, "x": 1.234567}),
        ("$return_value", {"$return_value": 1, "$summary": 2}, {"$return_value": 1, "$summary": 2}),
        (
            "return",
            {"$return_value": "return", "a": {"returned": 1}},
            {"$return_value": "(secret)", "a": {"(secret)ed": 1}},
        ),
        ("attempt", {"$attempt": 1}, {"$attempt": 1}),
    ],
)
def test_masked_json_is_json(secret: str, value: Any, masked: Any):
    """Also where the secret looks like a part of JSON's own notation."""
    masking.learn(secret)

    assert json.loads(masking.mask_json(json.dumps(value))) == masked


def test_json_without_a_secret_stays_as_it_is():
    """To the letter: numbers as they were written, and what UTF-8 cannot hold."""
    for text in ('{"a": 1.50}', '{"a":"\\ud800"}', "null"):
        assert masking.mask_json(text) == text


def test_masked_json_can_be_stored():
    """Beside a secret there may be what UTF-8 cannot hold."""
    masked = masking.mask_json(json.dumps([SECRET, "\ud800"]))

    assert json.loads(masked.encode()) == ["(secret)", "\ud800"]


def test_what_is_printed_is_masked(capsys: pytest.CaptureFixture[str]):
    """By print, to both streams, and from other threads."""
    masking.learn("learned again, as streams have changed")
    print("the token", SECRET)
    print(SECRET, file=sys.stderr)
    sys.stdout.writelines(["one ", SECRET])
    thread = Thread(target=print, args=(SECRET,))
    thread.start()
    thread.join()

    printed = capsys.readouterr()

    assert printed.out == "the token (secret)\none (secret)(secret)\n"
    assert printed.err == "(secret)\n"


def test_a_stream_that_was_taken_hold_of_before_masks_too(capsys: pytest.CaptureFixture[str]):
    """A handler of logging that was made when the step was imported has its own reference."""
    handler, printer = logging.StreamHandler(sys.stdout), sys.stdout.write
    masking.learn("learned after the handler was made")
    logger = logging.getLogger("a step's")
    logger.addHandler(handler)
    try:
        logger.error("sent %s", SECRET)
    finally:
        logger.removeHandler(handler)

    assert capsys.readouterr().out == "sent (secret)\n"
    assert printer is not sys.stdout.write


def test_a_log_record_is_masked_wherever_its_handler_writes():
    """Lambda's own handler writes to a file that is no stream of the process."""
    somewhere = io.StringIO()
    handler = logging.StreamHandler(somewhere)

    handler.handle(logging.makeLogRecord({"msg": "sent %s", "args": (SECRET,)}))

    assert somewhere.getvalue() == "sent (secret)\n"


def test_exports_are_masked():
    """By name and by value; pd.exports itself is the step's own."""
    pd = attempt()
    pd.export("headers", {"Authorization": f"Bearer {SECRET}"})
    pd.exports["$return_value"] = [SECRET]

    assert json.loads(pd.export_text()) == {
        "headers": {"Authorization": "Bearer (secret)"},
        "$return_value": ["(secret)"],
    }


def test_a_reruns_context_and_an_exits_reason_are_masked():
    """Both are kept with the run."""
    pd = attempt()
    pd.flow.rerun(0, {"token": SECRET})
    pd.flow.exit(f"no access for {SECRET}")

    assert pd.flow.directive
    assert pd.flow.directive.context == '{"token":"(secret)"}'
    assert pd.flow.exit_reason == "no access for (secret)"


def test_an_error_is_masked(as_step: Path, capsys: pytest.CaptureFixture[str]):
    """Its message and its traceback, also where a cut would leave a part of the secret."""
    step = f"def handler(pd):\n    token = {SECRET!r}\n    raise ValueError('x' * 3995 + token + 'x' * 9000)\n"
    (as_step / "fail.py").write_text(step, encoding="utf-8")
    masking.learn("learned again, as streams have changed")

    _, error = usercode.run("fail", attempt())

    assert error
    assert "xoxb" not in error.message + error.traceback
    logged = capsys.readouterr().out
    assert "ValueError" in logged
    assert "xoxb" not in logged


def test_a_process_without_secrets_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    """The very same texts, and nobody's stream is touched."""
    monkeypatch.setattr(masking, "_forms", set())
    monkeypatch.setattr(masking, "_pattern", None)
    text = json.dumps([SECRET])

    masking.learn({"id": 1, "team": "T1"})

    assert masking.mask(text) is text
    assert masking.mask_json(text) is text
