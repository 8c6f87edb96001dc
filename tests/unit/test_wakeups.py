"""What the function Wakeups reads from the records of the table's stream."""

from typing import Any

import pytest

from interlude.control.wakeups import Change
from interlude.models import Stored, Wait
from tests.unit.stream_records import RUN_ID, TTL, ended_wait, expired, record, removed


def test_a_wait_that_was_ended_has_its_token_and_its_outcome():
    """And the place in the stream, by which Lambda is told that it failed."""
    assert Change.of(ended_wait("111")) == Change(
        number="111",
        run_id=RUN_ID,
        expired=False,
        wait=Wait(
            wait="0.1",
            task_token="AQCEAAAAKgAAAAM",
            outcome="resumed",
            outcome_at="2026-11-22T16:14:00.123Z",
            request=Stored(text='{"method":"POST","body":"yes"}'),
        ),
    )


def test_a_request_that_lies_in_s3_is_not_fetched():
    """The runtime reads it when the run goes on."""
    callback = {"M": {"key": {"S": f"runs/{RUN_ID}/abc"}, "size": {"N": "70000"}}}

    change = Change.of(ended_wait(callback=callback))

    assert change.wait
    assert change.wait.request == Stored(key=f"runs/{RUN_ID}/abc", size=70000)


@pytest.mark.parametrize(
    ("missing", "there"), [("task_token", ("", "resumed")), ("outcome", ("AQCEAAAAKgAAAAM", None))]
)
def test_a_wait_may_have_one_without_the_other(missing: str, there: tuple[str, str | None]):
    """Ended before it was parked, or parked and not ended."""
    wait = Change.of(ended_wait(**{missing: None})).wait

    assert wait
    assert (wait.task_token, wait.outcome) == there


def test_a_run_that_has_expired_is_known_by_who_deleted_it():
    """DynamoDB's TTL says so of itself."""
    assert Change.of(expired()) == Change(number="222", run_id=RUN_ID, expired=True, wait=None)


@pytest.mark.parametrize(
    "other",
    [
        removed("RUN"),
        removed("RUN", userIdentity={"type": "Service", "principalId": "elsewhere.amazonaws.com"}),
        removed("STEP#0000", userIdentity=TTL),
        removed("WAIT#0.1", userIdentity=TTL),
        removed("RESPONSE", userIdentity=TTL),
        record("1", "MODIFY", {"pk": {"S": f"RUN#{RUN_ID}"}, "sk": {"S": "RUN"}, "status": {"S": "paused"}}),
        record("1", "INSERT", {"pk": {"S": "WORKFLOW#approval"}, "sk": {"S": "HOOK"}, "key": {"S": "k"}}),
    ],
    ids=["by hand", "by another service", "step", "wait", "response", "a run that goes on", "hook"],
)
def test_nothing_else_is_an_expired_run_or_a_wait(other: dict[str, Any]):
    """What somebody deletes by hand is theirs to delete; a step or wait that expires takes nothing with it."""
    change = Change.of(other)

    assert (change.expired, change.wait) == (False, None)
