"""Reads the table's stream: finishes a resume, cancel, stop or retry, and deletes what is left of an expired run.

Usually the API has woken, stopped or started the execution itself; it may have died after its write to the table.
Records arrive at least once, some time later, in the order of each run's changes. So everything here may run again, and
then changes nothing.
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
"""The userIdentity of a record for an item that expired."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to do about a record of the stream."""

    run_id: str
    said: str
    """The log message if it fails."""
    do: Callable[[], None]
    lasts: bool = False
    """Whether it takes long and should run after the others."""


def handle(event: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Does the tasks of a batch of records, and returns those that failed: Lambda sends them again.

    All are tried: the records after a failed one must not wait for it.
    """
    tasks = [(record["dynamodb"]["SequenceNumber"], task_of(record)) for record in event["Records"]]
    wanted = [(number, task) for number, task in tasks if task]
    failed = {number for number, task in sorted(wanted, key=lambda each: each[1].lasts) if not _done(task)}
    return {"batchItemFailures": [{"itemIdentifier": number} for number, _ in tasks if number in failed]}


def task_of(record: dict[str, Any]) -> Task | None:
    """The task for a change of the table; None if the change needs none."""
    change = record["dynamodb"]
    run_id = change["Keys"]["pk"]["S"].removeprefix("RUN#")
    sort_key = change["Keys"]["sk"]["S"]
    if record["eventName"] == "REMOVE":
        if sort_key != "RUN" or record.get("userIdentity") != TTL:
            return None
        return Task(run_id, "could not delete the expired run's remaining data", lambda: _delete(run_id), lasts=True)
    image = change["NewImage"]
    if sort_key.startswith("WAIT#"):
        return _of_wait(run_id, records.wait_of(image))
    if sort_key == "RUN" and "stopped" in image:
        return Task(run_id, "could not stop the cancelled run", lambda: _stop(run_id))
    if sort_key.startswith("RETRY#"):
        return Task(run_id, "could not start the retried run", lambda: _start(run_id))
    return None


def _of_wait(run_id: str, wait: Wait) -> Task | None:
    # A wait that has elapsed was ended by its own run, which is awake already.
    if not (wait.task_token and wait.outcome in ("resumed", "cancelled")):
        return None
    cancel = wait.outcome == "cancelled"
    return Task(run_id, "could not wake the run", lambda: executions.wake(wait.task_token, cancel))


def _done(task: Task) -> bool:
    try:
        task.do()
    except Exception as error:  # noqa: BLE001  # after any error the record comes again, and the others do not wait
        logs.write(f"{task.said}: {type(error).__name__}: {error}", "ERROR", run_id=task.run_id)
        return False
    return True


def _stop(run_id: str) -> None:
    with suppress(RunOver, UnknownRun):  # expected: the run has ended, only its execution may still be there
        waits.stop(run_id)


def _start(run_id: str) -> None:
    with suppress(UnknownRun):
        revival.start(run_id)


def _delete(run_id: str) -> None:
    if store.forget(run_id):
        payloads.forget(run_id)
