"""What version 0.1.0 has written is read by every later one: runs wait for a year, and the API is new at once.

The file is what 0.1.0 wrote, and is never changed. A later version that writes something else adds a file of its own.
Who breaks one of these tests breaks the runs that wait while Interlude is updated: docs/upgrading.md.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from interlude import clock
from interlude.aws import records
from interlude.models import Call, Cursor, Mark, Pause, Stored
from interlude.run.death import Death

WRITTEN: dict[str, Any] = json.loads((Path(__file__).parent / "written_before" / "0.1.0.json").read_text("utf-8"))
MACHINE = json.loads((Path(__file__).parents[2] / "statemachine" / "workflow.asl.json").read_text("utf-8"))["States"]

RUN_ID = "calling-01a2056fcad8-b2e5ee75fd9b7bd9"
PARKED = Cursor(0, 1, 2, "park", "", 3600, "0.1", 0, "1797983144")
WAITS = Pause("0.1", "rerun", "2026-11-22T22:45:44.251Z", "2026-11-22T23:45:44.251Z", True, "resume")


def newer(value: Any) -> Any:
    """What is written, as a version after this one may write it: with a field more in every item and every document."""
    if isinstance(value, dict) and set(value) == {"S"} and value["S"].startswith("{"):
        return {"S": json.dumps(newer(json.loads(value["S"])))}
    if isinstance(value, dict) and not set(value) & {"S", "N", "M"}:
        return {**{name: newer(each) for name, each in value.items()}, "of_a_later_version": {"S": "x"}}
    return value


@pytest.fixture(params=["as it was", "as a newer version writes it"])
def written(request: pytest.FixtureRequest) -> dict[str, Any]:
    return WRITTEN if request.param == "as it was" else {name: newer(each) for name, each in WRITTEN.items()}


def test_runs(written: dict[str, Any]):
    """In each of their states."""
    begun, waits, succeeded, failed, retried = (
        records.run_of(written[f"run that {what}"])
        for what in ("has begun", "waits", "has succeeded", "has failed", "was retried")
    )

    assert (begun.run_id, begun.workflow, begun.status, begun.options) == (RUN_ID, "calling", "running", "retry")
    assert begun.step_names == ["call", "tell"]
    assert begun.kept_until == clock.from_iso(begun.started_at) // 1000 + 400 * clock.DAY_S
    assert (begun.pauses, begun.credits, begun.ended_at, begun.exit_reason, begun.retried) == (0, 0, "", "", None)
    assert (waits.status, waits.pauses, waits.credits) == ("paused", 1, 1)
    assert (succeeded.status, succeeded.ended_at) == ("succeeded", "2026-11-22T22:45:45.445Z")
    died = Death.of(failed)
    assert died
    assert (failed.status, died.at.turn, died.error.type, died.error.message) == (
        "failed",
        1,
        "LookupError",
        "nothing there",
    )
    assert retried.retried == Cursor(0, 2, 2, "continue", "", 0, "", 0, "1797983144", retries=1)


def test_steps(written: dict[str, Any]):
    """With their answers, which a retried call of Lambda is given again."""
    waits, ended, failed = (
        records.step_of(written[f"step that {what}"]) for what in ("waits", "has ended", "has failed")
    )

    assert (waits.answer, waits.pause, waits.next_context) == (PARKED, WAITS, Stored('{"asked":true}'))
    assert (waits.exports, waits.context) == (Stored('{"asked":true}'), Stored("null"))
    assert (ended.status, ended.runs, ended.turn, ended.answer and ended.answer.index) == ("succeeded", 2, 2, 1)
    assert ended.exports == Stored(key=f"runs/{RUN_ID}/0a1b", size=70_002)
    assert ended.resume_data == Stored('{"said":"yes"}')
    assert failed.error
    assert (failed.error.message, failed.failed_at and failed.failed_at.turn) == ("nothing there", 1)


def test_waits_and_responses(written: dict[str, Any]):
    """A wait as Park leaves it, and as a click does."""
    waiting, ended = records.wait_of(written["wait that is open"]), records.wait_of(written["wait that was ended"])

    assert (waiting.wait, waiting.task_token, waiting.outcome) == ("0.1", "c824f59e", None)
    assert (ended.outcome, ended.outcome_at) == ("resumed", "2026-11-22T22:45:45.028Z")
    assert (ended.request, ended.mark) == (Stored('{"said":"yes"}'), Mark("09357e", "c1fccb"))
    assert records.response_of(written["response"]) == Stored('{"status":200}')


def test_calls(written: dict[str, Any]):
    """The state machine that calls an old layer may be a newer one: a run that rolls over goes on in it."""
    call = Call.parse(written["call of a step"])

    assert (call.run_id, call.step, call.step_count, call.at) == (RUN_ID, "call", 2, PARKED)


def test_the_state_machine_asks_an_old_layer_for_no_more_than_it_answers():
    """A path that is not there ends a run. What is added to the cursor can't be asked for by name."""
    asked = {path.removeprefix("$.Payload.") for path in MACHINE["Run step"]["ResultSelector"].values()}

    assert asked <= set(WRITTEN["answer of a step"])


def test_the_state_machine_asks_an_old_execution_for_no_more_than_it_hands_over():
    """What an execution begins with is what one with an older text of the machine has rolled over with."""
    handed_over = WRITTEN["input of a later execution"]
    text = json.dumps({name: state for name, state in MACHINE.items() if name != "Begin"})
    asked = set(re.findall(r"[\"( ]\$\.([a-z_]+)(?:\.([a-z_]+))?", text))

    assert {first for first, _ in asked} <= {*handed_over, "error", "not_recorded"}  # these two it makes itself
    assert {second for first, second in asked if first == "at" and second} <= set(handed_over["at"])


def test_the_state_machine_calls_an_old_layer_with_all_that_it_needs():
    """What is left out of the call ends a run."""
    given = {name.removesuffix(".$") for name in MACHINE["Run step"]["Parameters"]["Payload"]}

    assert given >= set(WRITTEN["call of a step"])
