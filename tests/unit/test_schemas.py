"""What comes in and goes out as JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import answers
import schemas
from inbound import BadRequest
from interlude import clock
from interlude.run.payloads import to_text


@given(
    st.integers(0, 4_102_444_800_000), st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=80)
)
def test_a_cursor_comes_back_as_it_was(started_ms: int, run_id: str):
    """And holds nothing that a URL would have to quote, but for its padding."""
    listed = f"{clock.iso(started_ms)}#{run_id}"

    cursor = schemas.encode_cursor(listed)

    assert schemas.decode_cursor(cursor) == listed
    assert cursor.rstrip("=").replace("-", "").replace("_", "").isalnum()


def test_no_cursor_is_the_first_page():
    """Which is what the parameter's default means."""
    assert schemas.decode_cursor("") == ""


TOO_LONG = schemas.encode_cursor(f"2026-11-22T16:00:00.000Z#{'x' * 1100}")
TWO_LINES = schemas.encode_cursor("2026-11-22T16:00:00.000Z#approval-1\n")


@pytest.mark.parametrize("cursor", ["x", "abc", "_w==", "!!!!", "%", "ü", "YQ", "YQ==YQ==", TOO_LONG, TWO_LINES])
def test_a_cursor_that_nobody_handed_out_is_a_bad_request(cursor: str):
    """The sentence names it; it is never taken for the first page."""
    with pytest.raises(BadRequest, match=r"^cursor is '"):
        schemas.decode_cursor(cursor)


def test_a_step_test_takes_an_event_exports_and_inputs_and_nothing_else():
    """All are optional; a misspelt one is told instead of ignored."""
    assert schemas.StepTest.model_validate({}).model_dump() == {"event": None, "steps": {}, "inputs": {}}
    given_steps = {"ask": {"$return_value": [1]}}
    assert schemas.StepTest.model_validate({"event": [1], "steps": given_steps}).steps == given_steps
    for wrong in ({"events": 1}, {"steps": []}, {"steps": {"ask": 1}}, [], "x"):
        with pytest.raises(ValidationError):
            schemas.StepTest.model_validate(wrong)


def test_what_has_not_happened_is_null_in_a_list_of_runs():
    """Not an empty text: clients ask whether it is there."""
    run = schemas.RunSummary(
        run_id="r", workflow="w", status="running", started_at="s", ended_at="", exit_reason=""
    )  # fmt: skip

    assert (run.ended_at, run.exit_reason) == (None, None)


def test_100_runs_with_the_longest_exit_reasons_fit_into_an_answer():
    """A list has the begin of each; the run itself has all of it."""
    longest = "\0" * 8000  # as JSON six bytes each, and Lambda's own answer escapes them once more
    given = {"run_id": "r", "workflow": "w", "status": "succeeded", "started_at": "s", "ended_at": "e"}

    runs = [schemas.RunSummary.listed({**given, "exit_reason": longest}) for _ in range(100)]

    page = to_text(schemas.RunList(runs=runs, cursor=None).model_dump())
    assert len(json.dumps({"body": page})) < answers.MAX_BYTES
    assert runs[0].exit_reason == "\0" * 1000 + "…"
    assert schemas.RunSummary.listed({**given, "exit_reason": "x" * 1000}).exit_reason == "x" * 1000


def test_what_a_newer_release_has_stored_is_answered_as_it_is():
    """The API may be rolled back under runs whose waits and statuses it does not know."""
    times = {"started_at": "s", "ended_at": None}
    step = {"name": "ask", "runs": 1, "context": None, "error": None, "exports": {}, **times}
    wait = {"step": "ask", "since": "s", "until": "u", "resume_url": None, "cancel_url": None}
    run = {
        "run_id": "r", "workflow": "w", "status": "asleep", "exit_reason": None, "error": None, "credits": 1,
        "compute_ms": 1, "trigger": {"event": {}, "context": {}}, "steps": [{**step, "status": "dreaming"}],
        "wait": {**wait, "kind": "lunch"}, **times,
    }  # fmt: skip

    assert schemas.Run.model_validate(run).model_dump() == run
    assert schemas.TestResult(status="skipped", message="", exports={}, error=None).status == "skipped"


def test_a_deeply_nested_value_of_a_user_is_answered():
    """A validator has limits of its own; values of users are handed through."""
    deep: list[object] = []
    for _ in range(900):
        deep = [deep]

    trigger = schemas.Trigger(event=deep, context={})

    assert trigger.model_dump()["event"] == deep
