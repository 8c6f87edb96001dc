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

from interlude.pd import masking, usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.flow import Flow

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


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(json.dumps({"t": SECRET})),
        repr({"t": SECRET}),
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
    assert "xoxb" not in capsys.readouterr().err


def test_a_process_without_secrets_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    """The very same texts, and nobody's stream is touched."""
    monkeypatch.setattr(masking, "_forms", set())
    monkeypatch.setattr(masking, "_pattern", None)
    text = json.dumps([SECRET])

    masking.learn({"id": 1, "team": "T1"})

    assert masking.mask(text) is text
    assert masking.mask_json(text) is text
