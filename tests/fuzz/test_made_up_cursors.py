"""Inputs of executions that somebody has made up: who may start executions can send any cursor to a step."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlude.models import Run, Stored
from interlude.run.death import Death
from tests.fuzz.amount import MARKS, inputs
from tests.fuzz.service import Service
from tests.fuzz.values import VALUES
from tests.waiting import until

pytestmark = MARKS

FIELDS = ["index", "run", "turn", "next", "after", "seconds", "wait", "segment_ms", "expires_at", "retries", "files"]
TAKEN = st.integers(-3, 300) | st.sampled_from(["", "0.1", "0.1r", "0.2", "1.1", "park", "roll", "finish", "continue"])
CLEAR = ("BadCursor", "UnknownRun", "CannotBring", "LookupError")
"""What a step says: the last is the workflow's own error."""


@pytest.fixture(scope="module")
def sent(service: Service) -> tuple[list[dict[str, Any]], list[str]]:
    """What real executions have sent their steps, and runs to name: one waits, the others are over."""
    world = service.world
    paused, failed, over = world.start("asking", {}), world.start("failing", {}), world.start("telling", {})
    world.paused(paused)
    until(lambda: all(world.item(run_id).get("ended_at") for run_id in (failed, over)))
    runs = (paused, failed, over)
    payloads = [made.payload for made in world.invocations if made.payload.get("run_id") in runs]
    return payloads, [*runs, "nope", "", "x" * 100, "ü/#?"]


@inputs(150)
@given(st.data())
def test_a_step_says_what_is_wrong_with_a_cursor(service: Service, sent: Any, data: st.DataObject):
    """Or answers with a cursor: it never ends in an error that only its author would understand."""
    payloads, run_ids = sent
    payload = data.draw(st.sampled_from(payloads))
    changes = data.draw(st.dictionaries(st.sampled_from(FIELDS), TAKEN | VALUES, max_size=3))
    left_out = data.draw(st.none() | st.sampled_from(FIELDS)) if not changes else None
    at = {name: value for name, value in {**payload["at"], **changes}.items() if name != left_out}
    call = {
        **payload,
        "run_id": data.draw(st.just(payload["run_id"]) | st.sampled_from(run_ids) | VALUES),
        "at": data.draw(st.just(at) | st.just(at) | VALUES),
    }

    with service.world.as_function(f"interlude-{payload['workflow']}-{payload['step']}"):
        made = service.world.call(json.loads(json.dumps(call)))

    if made.failed:
        assert made.answer["errorType"] in CLEAR, made.answer
    else:
        assert made.answer["next"] in ("continue", "wait", "park", "roll", "finish", "cancelled")


PLACES = (
    st.fixed_dictionaries({"index": st.integers(0, 5)})
    | st.dictionaries(st.sampled_from(FIELDS), TAKEN | VALUES, max_size=4)
    | VALUES
)
CAUSES = (
    st.text()
    | VALUES.map(json.dumps)
    | st.fixed_dictionaries({"errorMessage": VALUES}, optional={"stackTrace": VALUES}).map(json.dumps)
)


@inputs(200)
@given(PLACES, CAUSES)
def test_a_death_is_told_whatever_its_record_says(at: Any, cause: str):
    """At a step that there is, with texts: GET /runs/{run_id} goes on answering."""
    record = json.dumps({"at": at, "error": {"Error": "Error", "Cause": cause}})
    run = Run("r-1", "r", "failed", "", "", "", "a=1,b=2", Stored(text="{}"), failure=record)

    death = Death.of(run)

    assert death
    assert death.index in (0, 1)
    assert death.runs >= 0
    assert isinstance(death.error.message + death.error.traceback, str)
