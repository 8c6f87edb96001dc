"""interlude.run.death: where a run has failed, and what is recorded where the state machine could not."""

import json
from dataclasses import replace
from typing import Any

import pytest

from interlude.models import Cursor, Run, Step, StepError, Stored
from interlude.run import death
from interlude.run.death import Death

RUN = Run(
    run_id="approval-1",
    workflow="approval",
    status="failed",
    started_at="2026-11-22T16:00:00.000Z",
    execution="arn:aws:states:us-east-1:1:execution:interlude-approval:approval-1",
    url_key="k",
    steps="ask=arn:1,publish=arn:2",
    trigger=Stored(text="{}"),
)
AT = Cursor(index=1, run=1, turn=2, next="continue", after="", seconds=0, wait="", segment_ms=0, expires_at="0")
ASKED = Step(
    index=0,
    name="ask",
    status="succeeded",
    runs=2,
    turn=1,
    answer=AT,
    started_at="",
    ended_at="",
    compute_ms=1,
    segment_ms=1,
    exports=Stored(text="{}"),
    context=Stored(text="null"),
)
ERROR = {"Error": "States.Timeout", "Cause": ""}


def died(failure: Any) -> Death:
    found = Death.of(replace(RUN, failure=failure if isinstance(failure, str) else json.dumps(failure)))
    assert found
    return found


def test_a_run_without_a_record_of_it_has_not_died():
    """It succeeded, was cancelled, or is still at it."""
    assert Death.of(RUN) is None


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (
            '{"errorMessage": "no", "errorType": "KeyError", "stackTrace": ["  File a\\n", "  File b\\n"]}',
            StepError("E", "no", "  File a\n  File b\n"),
        ),
        ("plain text", StepError("E", "plain text", "")),
        ("[1]", StepError("E", "[1]", "")),
    ],
)
def test_a_cause_is_what_lambda_says_or_plain_text(cause: str, error: StepError):
    """AWS's own errors have no JSON there."""
    assert died({"at": {"index": 1, "run": 1, "wait": ""}, "error": {"Error": "E", "Cause": cause}}).error == error


def test_what_the_step_has_stored_itself_says_more():
    """Its own error comes with the traceback of the user's code."""
    own = StepError("KeyError", "'x'", "Traceback…")
    found = died({"at": {"index": 0, "run": 1, "wait": ""}, "error": ERROR})

    assert found.told_by([replace(ASKED, error=own)]) == own
    assert found.told_by([ASKED]) == StepError("States.Timeout", "", "")


@pytest.mark.parametrize(
    ("steps", "index", "runs"),
    [
        ([], 0, 1),
        ([ASKED], 1, 1),
        ([replace(ASKED, answer=replace(AT, index=0, run=2, next="park", wait="0.2"))], 0, 3),
        ([replace(ASKED, answer=None, failed_at=replace(AT, index=0, run=2, turn=1))], 0, 2),
    ],
    ids=["before the first step's end", "after a step", "in a wait", "after a step that failed"],
)
def test_a_run_that_is_closed_from_outside_has_failed_at_the_step_that_was_next(
    steps: list[Step], index: int, runs: int
):
    """The last answer of a step says what the state machine was about to do."""
    found = died(death.failure(RUN, steps, ERROR))

    assert (found.index, found.runs, found.error.type) == (index, runs, "States.Timeout")


@pytest.mark.parametrize(
    "at", [{"index": 2}, {"index": "0.1"}, {"index": None, "run": {}}, {"run": -1}, [], "x", None], ids=repr
)
def test_a_death_at_a_place_that_there_is_not_is_told_at_the_first_step(at: Any):
    """An execution's input that somebody has made up: the run can still be looked at."""
    assert died({"at": at, "error": ERROR}).at == death.FIRST


def test_a_cause_that_looks_like_lambda_s_is_told_as_text():
    """Whatever stands in it."""
    cause = json.dumps({"errorMessage": None, "stackTrace": [1, "2"]})

    assert died({"at": {}, "error": {"Error": "E", "Cause": cause}}).error == StepError("E", "None", "12")
