"""Records to items of the table and back."""

from dataclasses import fields
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from interlude import clock, models
from interlude.aws import records
from interlude.models import Call, Cursor, Pause, Run, Step, StepError, Stored, Wait

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
COUNT = st.integers(0, 10**12)
STORED = st.builds(Stored, text=TEXT) | st.builds(Stored, key=TEXT.filter(bool), size=COUNT)


def one_of(literal: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(literal))


CURSOR = st.builds(
    Cursor, index=COUNT, run=COUNT, turn=COUNT, next=one_of(models.Next), seconds=COUNT, wait=TEXT, segment_ms=COUNT,
    expires_at=TEXT,
)  # fmt: skip
PAUSE = st.builds(
    Pause, wait=TEXT, kind=one_of(models.Kind), since=TEXT, until=TEXT, parked=st.booleans(),
    on_timeout=st.sampled_from(["resume", "cancel"]),
)  # fmt: skip
STEP = st.builds(
    Step, index=COUNT, name=TEXT, status=one_of(models.StepStatus), runs=COUNT, turn=COUNT,
    answer=st.none() | CURSOR, started_at=TEXT, ended_at=TEXT, compute_ms=COUNT, segment_ms=COUNT, exports=STORED,
    context=STORED, next_context=st.none() | STORED, resume_data=st.none() | STORED, pause=st.none() | PAUSE,
    error=st.none() | st.builds(StepError, TEXT, TEXT, TEXT), failed_at=st.none() | CURSOR,
)  # fmt: skip


@given(STEP)
def test_a_step_comes_back_from_its_item_as_it_was(step: Step):
    """Every field, also those that are absent from the item."""
    assert records.step_of(records.step_item("run-1", step, 1_800_000_000)) == step


def test_a_step_stands_behind_its_run_in_the_order_of_the_workflow():
    """The key sorts by index up to ten thousand steps; the item expires."""
    step = Step(12, "ask", "succeeded", 1, 1, None, "", "", 0, 0, Stored("{}"), Stored("null"))

    item = records.step_item("run-1", step, 1_800_000_000)

    assert (item["pk"], item["sk"]) == ({"S": "RUN#run-1"}, {"S": "STEP#0012"})
    assert item["expires_at"] == {"N": "1800000000"}
    assert sorted(map(records.step_key, [2, 10, 1000])) == ["STEP#0002", "STEP#0010", "STEP#1000"]


def test_a_run_is_read_from_what_begin_writes():
    """The state machine makes the item, and can't reckon: until when its data is kept follows from two numbers."""
    item = {
        "pk": {"S": "RUN#approval-1"},
        "sk": {"S": "RUN"},
        "run_id": {"S": "approval-1"},
        "workflow": {"S": "approval"},
        "steps": {"S": "ask=arn:1,publish=arn:2"},
        "status": {"S": "running"},
        "started_at": {"S": "2026-11-22T16:00:00.000Z"},
        "kept_days": {"N": "800"},
        "listed": {"S": "2026-11-22T16:00:00.000Z#approval-1"},
        "execution": {"S": "arn:aws:states:eu-central-1:123456789012:execution:approval:approval-1"},
        "trigger": {"S": '{"a":1}'},
        "url_key": {"S": "key"},
    }

    run = records.run_of(item)

    assert run == Run(
        run_id="approval-1",
        workflow="approval",
        status="running",
        started_at="2026-11-22T16:00:00.000Z",
        execution="arn:aws:states:eu-central-1:123456789012:execution:approval:approval-1",
        url_key="key",
        steps="ask=arn:1,publish=arn:2",
        trigger=Stored(text='{"a":1}'),
        kept_until=clock.from_iso("2029-01-30T16:00:00.000Z") // 1000,
    )
    assert run.step_names == ["ask", "publish"]


def test_a_run_is_read_with_all_that_came_later():
    """Pauses, credits, its end, and what it died of."""
    later = {
        "pauses": {"N": "2"},
        "credits": {"N": "3"},
        "ended_at": {"S": "2026-11-22T17:00:00.000Z"},
        "exit_reason": {"S": "enough"},
        "failure": {"S": "{}"},
    }

    run, renewed = records.run_of(later), records.run_of({**later, "kept_until": {"N": "1900000000"}})

    assert renewed.kept_until == 1_900_000_000
    assert (run.pauses, run.credits, run.exit_reason, run.failure) == (2, 3, "enough", "{}")
    assert run.ended_at == "2026-11-22T17:00:00.000Z"


@given(request=st.none() | STORED)
def test_a_wait_is_read_from_its_item(request: Stored | None):
    """The claim and the task token come from two writers, in any order."""
    item: dict[str, Any] = {"pk": {"S": "RUN#run-1"}, "sk": {"S": records.wait_key("0.1")}}
    assert records.wait_of(item) == Wait("0.1")

    item |= {"task_token": {"S": "token"}, "outcome": {"S": "resumed"}, "outcome_at": {"S": "now"}}
    if request:
        item["callback"] = records.stored(request)

    assert records.wait_of(item) == Wait("0.1", "token", "resumed", "now", request)


def test_a_call_is_what_the_state_machine_sends():
    """Its cursor is read by name; the last step is the one that no other follows."""
    place = {"index": 1, "run": 2, "turn": 3, "wait": "1.2"}
    at = {**place, "next": "wait", "after": "", "seconds": 4, "segment_ms": 5, "expires_at": "6"}
    execution = {"execution": "e", "execution_started_at": "2026-11-22T00:00:00.000Z"}
    event = {"run_id": "r", "workflow": "w", "step": "s", "step_count": 2, **execution, "at": at}

    call = Call.parse(event)

    assert call == Call(
        "r", "w", "s", 2, "e", "2026-11-22T00:00:00.000Z", Cursor(1, 2, 3, "wait", "", 4, "1.2", 5, "6")
    )
    assert call.is_last
    assert event["at"] is at


def test_the_next_cursor_is_one_turn_on_and_comes_from_no_wait_unless_told():
    """What is not named stays: index, run, segment, expiry, retries, failures and files."""
    at = Cursor(1, 2, 3, "roll", "wait", 4, "1.2", 5, "6", 7, 8, "9")

    assert at.then("continue", index=2, run=1) == Cursor(2, 1, 4, "continue", "", 0, "", 5, "6", 7, 8, "9")
    assert at.then("park", seconds=9, wait="1.2") == Cursor(1, 2, 4, "park", "", 9, "1.2", 5, "6", 7, 8, "9")
    assert len(fields(Cursor)) == 12
