"""What the functions log: each print as one line of JSON that says of which run it is."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlude import logs
from interlude.logs import Lines
from interlude.pd import masking

RUN = {"run_id": "approval-1", "workflow": "approval", "step": "ask", "attempt": 2, "turn": 3, "requestId": "r-1"}


@pytest.fixture(autouse=True)
def about_a_run() -> Iterator[None]:
    logs.begin(SimpleNamespace(aws_request_id="r-1"), **{name: RUN[name] for name in RUN if name != "requestId"})
    yield
    logs.begin(None)


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def out(printed: io.StringIO) -> Lines:
    return Lines(printed, "INFO")


def lines(printed: io.StringIO) -> list[dict[str, Any]]:
    """What CloudWatch gets: every line is an object, and says of which run it is."""
    found = [json.loads(line) for line in printed.getvalue().split("\n")[:-1]]
    assert all(each.items() >= RUN.items() for each in found)
    return found


def messages(printed: io.StringIO) -> list[str]:
    return [line["message"] for line in lines(printed)]


def test_a_print_is_a_line_with_the_run_in_it(out: Lines, printed: io.StringIO):
    """Time, level, what was printed, and the run's id, workflow, step, attempt, turn and invocation."""
    print("mine", 1, [None], file=out)

    [line] = lines(printed)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"level": "INFO", "message": "mine 1 [None]", **RUN}


def test_a_print_of_several_lines_is_one(out: Lines, printed: io.StringIO):
    """As people print what belongs together; its indents stay."""
    print("  first\n\n  second\n", file=out)

    assert messages(printed) == ["  first\n\n  second"]


def test_what_is_printed_in_parts_is_one_line(out: Lines, printed: io.StringIO):
    """Also of two threads at the same time, which each have a line of their own."""
    print("mine", end="", file=out)
    other = threading.Thread(target=lambda: print("other", file=out))
    other.start()
    other.join()
    print(".", file=out)

    assert messages(printed) == ["other", "mine."]


def test_what_has_no_end_of_line_is_written_at_the_step_s_end(
    out: Lines, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    """The next run in this process is not to find it before its own."""
    monkeypatch.setattr(sys, "stdout", out)
    print("no end", end="")
    assert lines(printed) == []

    logs.flush()

    assert messages(printed) == ["no end"]


def test_empty_lines_are_left_out(out: Lines, printed: io.StringIO):
    """They would cost, and tell nothing."""
    print(file=out)
    print("\n \n", file=out)

    assert lines(printed) == []


def test_an_object_that_is_json_already_gets_the_run(out: Lines, printed: io.StringIO):
    """So that what its author meant to be fields are fields, and metrics are metrics."""
    print('{"order": 17, "level": "DEBUG"}', file=out)

    assert lines(printed) == [{"order": 17, "level": "DEBUG", **RUN}]


@pytest.mark.parametrize(
    "text",
    ['{"run_id": "another"}', "{not json}", "[1]", '"text"', '{"a": NaN}', "{}{}"],
)
def test_what_is_no_object_or_claims_another_run_is_a_message(out: Lines, printed: io.StringIO, text: str):
    """A step can't write lines of another run."""
    print(text, file=out)

    assert messages(printed) == [text]


def test_a_long_print_is_cut_into_lines_that_cloudwatch_takes(out: Lines, printed: io.StringIO):
    """262,144 bytes of each, with whatever in it; together they are what was printed."""
    text = "\x01é😀" * 50_000
    print(text, file=out)

    assert all(len(line.encode()) < 262_144 for line in printed.getvalue().split("\n"))
    assert "".join(messages(printed)) == text


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_is_printed_is_json(text: str):
    """Lone surrogates, control characters, quotes: nothing of it fails the step or breaks the line."""
    printed = io.StringIO()
    print(text, file=Lines(printed, "INFO"))

    if text.strip() and not text.startswith("{"):
        assert messages(printed) == [text.rstrip("\r\n")]
    printed.getvalue().encode()


def test_it_is_a_stream_like_the_one_behind_it(out: Lines, printed: io.StringIO):
    """What is asked of it besides is the stream's own; no text is refused as that does."""
    out.writelines(["a\n", "b\n"])

    assert messages(printed) == ["a", "b"]
    assert out.isatty() is False
    with pytest.raises(TypeError):
        out.write(1)  # type: ignore[arg-type]


def test_a_step_that_closes_its_stdout_does_not_silence_the_next_run(out: Lines, printed: io.StringIO):
    """The stream is the process's. What had no end yet is written."""
    print("mine", end="", file=out)
    out.close()
    print("the next", file=out)

    assert messages(printed) == ["mine", "the next"]


def test_a_secret_is_masked_also_in_parts_and_as_json(
    out: Lines, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    """Before it is escaped, and when all of it is there."""
    monkeypatch.setattr(masking, "_forms", set(masking._forms))
    monkeypatch.setattr(masking, "_pattern", masking._pattern)
    monkeypatch.setattr(masking, "_watch_output", lambda: None)
    secret = 'top"secret\\zebra'
    masking.learn(secret)

    print(secret[:7], end="", file=out)
    print(secret[7:], file=out)
    print({"token": secret}, json.dumps({"token": secret}), file=out)
    print(json.dumps({"token": secret}), file=out)

    assert "zebra" not in printed.getvalue()
    assert "zebra" not in json.dumps(lines(printed))
    assert lines(printed)[2]["token"] == "(secret)"


def test_records_of_logging_get_the_run_too(monkeypatch: pytest.MonkeyPatch):
    """As attributes, which Lambda's own JSON writes, and a formatter of the step's author may."""
    from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    make = logging.getLogRecordFactory()
    try:
        logs.install()
        logs.install()
        record = logging.getLogger("mine").makeRecord("mine", logging.INFO, "ask.py", 1, "%s", ("said",), None)
        told = json.loads(JsonFormatter().format(record))
        assert isinstance(sys.stdout, Lines)
        assert not isinstance(sys.stdout._stream, Lines)
    finally:
        logging.setLogRecordFactory(make)

    assert (
        told.items()
        >= {"message": "said", "level": "INFO", "logger": "mine", "run_id": "approval-1", "step": "ask"}.items()
    )


def test_outside_of_lambda_nothing_is_changed(monkeypatch: pytest.MonkeyPatch):
    """Tests, and tools that import a step, print as ever."""
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    before = sys.stdout, sys.stderr, logging.getLogRecordFactory()

    logs.install()

    assert (sys.stdout, sys.stderr, logging.getLogRecordFactory()) == before


def test_the_next_run_s_lines_say_nothing_of_the_last(capsys: pytest.CaptureFixture[str]):
    """A process runs one after the other."""
    logs.begin(SimpleNamespace(aws_request_id="r-2"), run_id="approval-2")
    logs.write("next", "ERROR", more=1)

    line = json.loads(capsys.readouterr().out)
    line.pop("timestamp")
    assert line == {"level": "ERROR", "message": "next", "run_id": "approval-2", "requestId": "r-2", "more": 1}
