"""What the table's stream asks for: wakes runs whose wait was ended, and deletes the rest of runs that have expired.

Called by the function Wakeups. The API has woken the run itself, unless it died after its claim. Records come at least
once, some time later, in the order of each run's changes: everything here may happen again, and then changes nothing.
"""

from dataclasses import dataclass
from typing import Any, Self

from interlude.aws import executions, records
from interlude.models import Wait
from interlude.run import payloads, store

TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
"""Who has deleted an item whose time was up."""


@dataclass(frozen=True, slots=True)
class Change:
    """A record of the stream."""

    number: str
    """Its place in the stream: what Lambda is told of a record that failed."""
    run_id: str
    expired: bool
    """Whether it is the run's own item, deleted by the table's TTL."""
    wait: Wait | None
    """As a change left it; None where the item is no wait, or is gone."""

    @classmethod
    def of(cls, record: dict[str, Any]) -> Self:
        change = record["dynamodb"]
        key, sort_key = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
        is_wait = sort_key.startswith(records.wait_key("")) and "NewImage" in change
        return cls(
            number=change["SequenceNumber"],
            run_id=key.removeprefix("RUN#"),
            expired=sort_key == "RUN" and record["eventName"] == "REMOVE" and record.get("userIdentity") == TTL,
            wait=records.wait_of(change["NewImage"]) if is_wait else None,
        )


def handle(event: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Does what the records of a batch ask for, and names those that failed: Lambda comes again with them.

    All are tried, since whatever comes behind the first that failed would have to wait for it.
    """
    changes = [Change.of(record) for record in event["Records"]]
    # Whoever is to be woken does not wait until a run with thousands of items is deleted.
    failed = {change.number for change in sorted(changes, key=lambda change: change.expired) if not _done(change)}
    return {"batchItemFailures": [{"itemIdentifier": each.number} for each in changes if each.number in failed]}


def _done(change: Change) -> bool:
    try:
        if change.expired:
            _delete(change.run_id)
        elif change.wait:
            _wake(change.wait)
    except Exception as error:  # noqa: BLE001  # whatever it was, the record comes again and the others do not wait
        asked = "its rest could not be deleted" if change.expired else "it could not be woken"
        print(f"{change.run_id}: {asked}: {type(error).__name__}: {error}")
        return False
    return True


def _wake(wait: Wait) -> None:
    # A wait that has elapsed was ended by its own run, which needs nobody to wake it.
    if wait.task_token and wait.outcome in ("resumed", "cancelled"):
        executions.wake(wait.task_token, cancel=wait.outcome == "cancelled")


def _delete(run_id: str) -> None:
    if store.forget(run_id):
        payloads.forget(run_id)
