"""What the table's stream asks for: to finish a resume, a cancel, a stop or a retry, and to delete the rest of a run.

Called by the function Wakeups. The API has woken, stopped or started the execution itself, unless it died after its
word in the table. Records come at least once, some time later, in the order of each run's changes: everything here may
happen again, and then changes nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from interlude import logs
from interlude.aws import executions, records
from interlude.control import revival, waits
from interlude.errors import RunOver, UnknownRun
from interlude.models import Wait
from interlude.run import payloads, store

TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
"""Who has deleted an item whose time was up."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a record of the stream asks for, of which run."""

    run_id: str
    said: str
    do: Callable[[], None]
    lasts: bool = False
    """Whether others should not have to wait for it."""


def handle(event: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Does what the records of a batch ask for, and names those that failed: Lambda comes again with them.

    All are tried, since whatever comes behind the first that failed would have to wait for it.
    """
    tasks = [(record["dynamodb"]["SequenceNumber"], task_of(record)) for record in event["Records"]]
    wanted = [(number, task) for number, task in tasks if task]
    failed = {number for number, task in sorted(wanted, key=lambda each: each[1].lasts) if not _done(task)}
    return {"batchItemFailures": [{"itemIdentifier": number} for number, _ in tasks if number in failed]}


def task_of(record: dict[str, Any]) -> Task | None:
    """What is to be done about a change of the table; None for one that asks for nothing."""
    change = record["dynamodb"]
    run_id, sort_key = change["Keys"]["pk"]["S"].removeprefix("RUN#"), change["Keys"]["sk"]["S"]
    if record["eventName"] == "REMOVE":
        if sort_key != "RUN" or record.get("userIdentity") != TTL:
            return None
        return Task(run_id, "its rest could not be deleted", lambda: _delete(run_id), lasts=True)
    image = change["NewImage"]
    if sort_key.startswith("WAIT#"):
        return _of_wait(run_id, records.wait_of(image))
    if sort_key == "RUN" and "stopped" in image:
        return Task(run_id, "it could not be stopped", lambda: _stop(run_id))
    if sort_key.startswith("RETRY#"):
        return Task(run_id, "it could not be started again", lambda: _start(run_id))
    return None


def _of_wait(run_id: str, wait: Wait) -> Task | None:
    # A wait that has elapsed was ended by its own run, which needs nobody to wake it.
    if not (wait.task_token and wait.outcome in ("resumed", "cancelled")):
        return None
    cancel = wait.outcome == "cancelled"
    return Task(run_id, "it could not be woken", lambda: executions.wake(wait.task_token, cancel))


def _done(task: Task) -> bool:
    try:
        task.do()
    except Exception as error:  # noqa: BLE001  # whatever it was, the record comes again and the others do not wait
        logs.write(f"{task.said}: {type(error).__name__}: {error}", "ERROR", run_id=task.run_id)
        return False
    return True


def _stop(run_id: str) -> None:
    with suppress(RunOver, UnknownRun):  # it is over; what is left is its execution
        waits.stop(run_id)


def _start(run_id: str) -> None:
    with suppress(UnknownRun):
        revival.start(run_id)


def _delete(run_id: str) -> None:
    if store.forget(run_id):
        payloads.forget(run_id)
