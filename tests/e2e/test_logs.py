"""What the functions log, as CloudWatch would get it."""

import json
from typing import Any

import pytest

from tests.waiting import eventually

from .client import Interlude


def lines(log: str) -> list[dict[str, Any]]:
    """All lines of the server and of its functions, each of which must be an object."""
    return [json.loads(line) for line in log.split("\n")[:-1]]


def logged(log: str, function: str, run_id: str) -> list[dict[str, Any]]:
    """The lines of one function about one run."""
    return [line for line in lines(log) if line.get("function") == function and line.get("run_id") == run_id]


@pytest.fixture(scope="module")
def log(other_stack: Interlude) -> tuple[str, list[str]]:
    """What was logged while two runs, one after the other, said all that they can, and failed."""
    ids = []
    for order in (17, 18):
        run = other_stack.start("talking", {"order": order})
        run.until("failed")
        ids.append(run.id)
    told = eventually(
        other_stack.log,
        lambda log: all(logged(log, "failures", run_id) for run_id in ids),
        "the word of both failures",
    )
    return told, ids


def test_every_line_of_a_step_is_json_and_says_of_which_run(log: tuple[str, list[str]]) -> None:
    """Prints, records of logging, warnings, tracebacks, also of a process that had another run before."""
    text, ids = log
    every = [line for line in lines(text) if line.get("function", "").startswith("talking-")]
    about_none = [line for line in every if "run_id" not in line]

    assert {line["run_id"] for line in every if "run_id" in line} == set(ids)
    # Before the first run there is none. Lambda's own line of an exception has the invocation.
    assert all(line.get("message") == "imported" or line["requestId"] for line in about_none)
    for line in every:
        assert {"level", "timestamp"} <= line.keys()


def test_what_a_step_says_is_told_with_its_step_and_its_turn(log: tuple[str, list[str]]) -> None:
    """One line for each print, in their order; the last says what comes next."""
    text, ids = log
    for run_id, order in zip(ids, (17, 18), strict=True):
        said = logged(text, "talking-talk", run_id)
        told = [line.get("message") for line in said]

        assert {(line["workflow"], line["step"], line["attempt"], line["turn"]) for line in said} == {
            ("talking", "talk", 1, 1)
        }
        assert len({line["requestId"] for line in said}) == 1
        assert told[:3] == ["printed 1 {'of': 'more than text'}", "first\n  second", "to stderr"]
        assert [each for each in told if isinstance(each, dict)] == [{"order": order}]
        assert "logged lazily" in told
        assert "not shown" not in told
        assert told[-2:] == ["without an end", "next: continue"]


def test_an_exception_is_one_line_with_its_type_message_and_traceback(log: tuple[str, list[str]]) -> None:
    """Lambda's own line of it comes behind."""
    text, ids = log
    first, *_ = logged(text, "talking-fail", ids[0])

    assert (first["level"], first["errorType"], first["errorMessage"]) == ("ERROR", "LookupError", "nothing was found")
    assert first["message"].startswith("Traceback (most recent call last):")


def test_a_line_is_never_longer_than_cloudwatch_takes(log: tuple[str, list[str]]) -> None:
    """A print of 300,000 characters comes in parts."""
    text, ids = log

    assert all(len(line.encode()) < 262_144 for line in text.split("\n"))
    whole = "".join(str(line["message"]) for line in logged(text, "talking-talk", ids[0]))
    assert "long " * 59_000 in whole
