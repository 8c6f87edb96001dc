"""What the functions log: each print as one line of JSON that says of which run it is."""

import contextlib
import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from awslambdaric.bootstrap import (  # type: ignore[import-untyped]
    LambdaLoggerFilter,
    LambdaLoggerHandlerWithFrameType,
)
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
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


def messages(printed: io.StringIO) -> list[Any]:
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
    monkeypatch.setattr(logs, "_streams", [out])
    print("no end", end="", file=out)
    assert lines(printed) == []

    logs.flush()

    assert messages(printed) == ["no end"]


def test_empty_lines_are_left_out(out: Lines, printed: io.StringIO):
    """They would cost, and tell nothing."""
    print(file=out)
    print("\n \n", file=out)

    assert lines(printed) == []


def test_a_text_over_the_detached_bytes_is_lines_too_and_the_stream_goes_on():
    """People detach stdout to choose its encoding. The next run prints to the same stream."""
    behind = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    out = Lines(behind, "INFO")
    theirs = io.TextIOWrapper(out.detach(), encoding="utf-8", line_buffering=True)
    print('{"_aws": 1}', file=theirs)
    theirs.close()

    print("ü", file=out)

    behind.seek(0)
    assert [json.loads(line)["message"] for line in behind] == [{"_aws": 1}, "ü"]


def test_another_encoding_of_stdout_is_not_for_the_lines():
    """A run that has set ASCII would have failed the next one, at its first line with an umlaut."""
    behind = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    out = Lines(behind, "INFO")

    out.reconfigure(encoding="ascii", errors="strict")
    print("ü", file=out)

    behind.seek(0)
    assert [json.loads(line)["message"] for line in behind] == ["ü"]


def test_an_object_that_is_json_is_the_message(out: Lines, printed: io.StringIO):
    """Its keys can be searched for. At the top level `_aws` would be a metric, and `RunsFailed` an operator's row."""
    theirs = {"order": 17, "level": "DEBUG", "_aws": {"CloudWatchMetrics": []}, "RunsFailed": 1, "run_id": "another"}
    print(json.dumps(theirs), file=out)

    [line] = lines(printed)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"level": "INFO", "message": theirs, **RUN}


@pytest.mark.parametrize(
    "text",
    ["{not json}", "[1]", '"text"', '{"a": NaN}', '{"a": 1e999}', "{}{}", '{"a":' + "[" * 9_990 + "]" * 9_990 + "}"],
    ids=lambda text: text[:12],
)
def test_what_is_not_an_object_is_a_text(out: Lines, printed: io.StringIO, text: str):
    """As it was printed."""
    print(text, file=out)

    assert messages(printed) == [text]


def test_what_is_written_as_bytes_is_a_line_too(out: Lines, printed: io.StringIO):
    """To the buffer of the stream, as is usual for bytes."""
    out.buffer.write('{"_aws": "é"}\n'.encode())
    out.buffer.writelines([b"\xff", b"\n"])
    out.buffer.flush()

    assert messages(printed) == [{"_aws": "é"}, "\ufffd"]


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
    out.buffer.write(f"{secret}\n".encode())

    assert "zebra" not in printed.getvalue()
    assert "zebra" not in json.dumps(lines(printed))
    assert lines(printed)[2]["message"] == {"token": "(secret)"}


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[], io.StringIO]:
    """Makes the process a function in Lambda. Returns where it writes everything that it prints and logs."""

    def install() -> io.StringIO:
        everything = io.StringIO()
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")
        for name in ("stdout", "__stdout__", "stderr", "__stderr__"):
            monkeypatch.setattr(sys, name, everything)
        handler = LambdaLoggerHandlerWithFrameType(SimpleNamespace(log=lambda line, **_: everything.write(line)))
        handler.setFormatter(JsonFormatter())
        handler.addFilter(LambdaLoggerFilter())
        monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
        monkeypatch.setattr(logging.getLogger(), "level", logging.INFO)
        monkeypatch.setattr(logs, "_streams", [])
        logging.getLogger("mine")._cache.clear()  # type: ignore[attr-defined]
        logs.install()
        logs.install()
        return everything

    return install


def test_records_of_logging_get_the_run_too(install: Callable[[], io.StringIO]):
    """As keys of the line that Lambda's own formatter makes."""
    installed = install()
    logging.getLogger("mine").warning("%s", "said")

    [line] = lines(installed)
    assert line.items() >= {"message": "said", "level": "WARNING", "logger": "mine"}.items()


def test_what_a_record_has_beside_its_message_is_below_extra(install: Callable[[], io.StringIO]):
    """It may come from a caller. A name that the run has, too, is no error: steps use names such as `step`."""
    installed = install()
    theirs = {"_aws": {"CloudWatchMetrics": []}, "RunsFailed": 1, "run_id": "another", "step": 3}
    logging.getLogger("mine").info("said", extra=theirs)

    [line] = lines(installed)
    assert line["extra"] == theirs
    assert line.keys().isdisjoint({"_aws", "RunsFailed"})


def test_a_formatter_of_the_step_s_own_makes_a_message(install: Callable[[], io.StringIO]):
    """Many steps write JSON with one, which has the keys of `extra` at its top level."""
    installed = install()
    logging.getLogger().handlers[0].setFormatter(logging.Formatter('{"_aws": 1, "said": "%(message)s"}'))
    logging.getLogger("mine").info("a")
    logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(run_id)s: %(message)s"))
    logging.getLogger("mine").error("b")

    found = lines(installed)
    assert [line["message"] for line in found] == [{"_aws": 1, "said": "a"}, "approval-1: b"]
    assert [(line["level"], line["logger"]) for line in found] == [("INFO", "mine"), ("ERROR", "mine")]


def test_every_stream_of_the_process_makes_lines(install: Callable[[], io.StringIO]):
    """Also the two that Python began with, and a handler that a step adds."""
    installed = install()
    for stream in (sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__):
        assert stream is not None
        print('{"_aws": 1}', file=stream)
    logging.getLogger("mine").addHandler(handler := logging.StreamHandler())
    logging.getLogger("mine").info('{"_aws": 1}')
    logging.getLogger("mine").removeHandler(handler)

    assert [line["message"] for line in lines(installed)][:4] == [{"_aws": 1}] * 4
    assert all("_aws" not in line for line in lines(installed))


def test_our_own_lines_have_their_fields_at_the_top(install: Callable[[], io.StringIO]):
    """What CloudWatch reads as a metric is one of them. Also where a step has put something in the place of stdout."""
    installed = install()
    with contextlib.redirect_stdout(io.StringIO()):
        logs.write("failed", "ERROR", _aws={"CloudWatchMetrics": []}, RunsFailed=1)

    [line] = lines(installed)
    assert line.items() >= {"message": "failed", "_aws": {"CloudWatchMetrics": []}, "RunsFailed": 1}.items()


def test_a_thread_of_an_earlier_run_does_not_write_lines_of_the_next(install: Callable[[], io.StringIO]):
    """Whether it works for that run can't be known: its lines say which run it was started in."""
    installed = install()
    goes_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        print("begun, ", end="")
        goes_on.wait()
        print("said later")
        logging.getLogger("mine").info("logged later")
        print("no end", end="")
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    logs.begin(SimpleNamespace(aws_request_id="r-2"), run_id="approval-2", workflow="approval")
    logs.begin(SimpleNamespace(aws_request_id="r-3"), run_id="approval-3", workflow="approval")
    goes_on.set()
    ended.wait()
    thread.join()
    logs.flush()
    print("mine")

    found = [json.loads(line) for line in installed.getvalue().splitlines()]
    assert [line["message"] for line in found] == ["begun, said later", "logged later", "no end", "mine"]
    assert [line.get("run_id") for line in found] == [None, None, None, "approval-3"]
    assert [line.get("requestId") for line in found[:1] + found[2:]] == [None, None, "r-3"]
    assert [line.get("thread_of_run") for line in found] == ["approval-1"] * 3 + [None]


def test_outside_of_lambda_nothing_is_changed(monkeypatch: pytest.MonkeyPatch):
    """Tests, and tools that import a step, print as ever."""
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    before = sys.stdout, sys.stderr, [handler.format for handler in logging.getLogger().handlers]

    logs.install()

    assert (sys.stdout, sys.stderr, [handler.format for handler in logging.getLogger().handlers]) == before


def test_the_next_run_s_lines_say_nothing_of_the_last(capsys: pytest.CaptureFixture[str]):
    """A process runs one after the other."""
    logs.begin(SimpleNamespace(aws_request_id="r-2"), run_id="approval-2")
    logs.write("next", "ERROR", more=1)

    line = json.loads(capsys.readouterr().out)
    line.pop("timestamp")
    assert line == {"level": "ERROR", "message": "next", "run_id": "approval-2", "requestId": "r-2", "more": 1}
