"""What the function Wakeups reads from the records of the table's stream."""

from typing import Any

import pytest

from interlude.control import wakeups
from tests.unit.stream_records import RUN_ID, TTL, ended_wait, expired, record, removed, retried, stopped


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (ended_wait(), "could not wake the run"),
        (ended_wait(outcome={"S": "cancelled"}), "could not wake the run"),
        (stopped(), "could not stop the cancelled run"),
        (retried(), "could not start the retried run"),
        (expired(), "could not delete the expired run's remaining data"),
    ],
)
def test_a_change_asks_for_one_thing(change: dict[str, Any], said: str):
    """And the log says which, should that fail."""
    task = wakeups.task_of(change)

    assert task
    assert (task.run_id, task.said) == (RUN_ID, said)


@pytest.mark.parametrize(
    "other",
    [
        ended_wait(task_token=None),
        ended_wait(outcome=None),
        ended_wait(outcome={"S": "elapsed"}),
        removed("RUN"),
        removed("RUN", userIdentity={"type": "Service", "principalId": "elsewhere.amazonaws.com"}),
        removed("STEP#0000", userIdentity=TTL),
        removed("WAIT#0.1", userIdentity=TTL),
        removed("RETRY#3", userIdentity=TTL),
        removed("RESPONSE", userIdentity=TTL),
        record("1", "MODIFY", {"pk": {"S": f"RUN#{RUN_ID}"}, "sk": {"S": "RUN"}, "status": {"S": "paused"}}),
        record("1", "MODIFY", {"pk": {"S": f"RUN#{RUN_ID}"}, "sk": {"S": "RUN"}, "status": {"S": "cancelled"}}),
        record("1", "INSERT", {"pk": {"S": "WORKFLOW#approval"}, "sk": {"S": "HOOK"}, "key": {"S": "k"}}),
    ],
    ids=[
        "ended before it was parked",
        "parked",
        "elapsed",
        "by hand",
        "by another service",
        "step",
        "wait",
        "retry",
        "response",
        "a run that goes on",
        "cancelled by its link",
        "hook",
    ],
)
def test_nothing_else_asks_for_anything(other: dict[str, Any]):
    """What somebody deletes by hand is theirs to delete; a step or wait that expires takes nothing with it."""
    assert wakeups.task_of(other) is None
