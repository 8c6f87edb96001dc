"""Looks at the runs that wait: how many, since when, and whose time is nearly up. Called by the function Watch, hourly.

It reads the index runs-waiting-until, which holds those runs alone. Where nothing waits it reads and writes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlude import clock, logs
from interlude.aws import table
from interlude.control import metrics

if TYPE_CHECKING:
    from interlude.control.metrics import Name

NEAR = 0.1
"""The part of a suspend's time that is left when it counts as near its end."""
LATE_MS = 3_600_000
"""So long after its time a wait is over on AWS, whatever had to be tried again. One that is not is stuck."""
NAMED = 20
"""Runs of each kind that are named in the log."""


@dataclass(frozen=True, slots=True)
class Waiting:
    run_id: str
    workflow: str
    kind: str
    since_ms: int
    until_ms: int


def look() -> None:
    """Publishes the metrics of the runs that wait, and names those that somebody should look after."""
    waits = list(_waiting())
    if not waits:
        return
    now = clock.now_ms()
    overdue = [wait for wait in waits if wait.until_ms + LATE_MS < now]
    near = [wait for wait in waits if _is_near(wait, now)]
    oldest_ms = min(wait.since_ms for wait in waits)
    oldest_days = (now - oldest_ms) / 1000 / clock.DAY_S
    values: dict[Name, float] = {"RunsWaiting": len(waits), "OldestWaitDays": round(oldest_days, 3)}
    # What is 0 is not published: it would cost, and the alarms take nothing for 0.
    values |= {"WaitsNearDeadline": len(near)} if near else {}
    values |= {"WaitsOverdue": len(overdue)} if overdue else {}
    metrics.publish("runs that wait", values)
    _tell("waits, though its time has been up for an hour", overdue, "ERROR")
    _tell("has a tenth of its time left, and nobody has answered", near, "WARNING")


def _waiting() -> Iterator[Waiting]:
    # A run that paused on a layer from before this index is not in it: it has no wait_until.
    items = table.scan(
        IndexName="runs-waiting-until", ProjectionExpression="run_id, workflow, wait_kind, wait_since, wait_until"
    )
    for item in items:
        yield Waiting(
            run_id=item["run_id"]["S"],
            workflow=item["workflow"]["S"],
            kind=item["wait_kind"]["S"],
            since_ms=clock.from_iso(item["wait_since"]["S"]),
            until_ms=clock.from_iso(item["wait_until"]["S"]),
        )


def _is_near(wait: Waiting, now: int) -> bool:
    """Of a suspend: it waits for somebody. The end of a delay, and the next try of a poll, are as they were meant."""
    return wait.kind == "suspend" and -LATE_MS <= wait.until_ms - now < (wait.until_ms - wait.since_ms) * NEAR


def _tell(what: str, waits: list[Waiting], level: str) -> None:
    for wait in sorted(waits, key=lambda wait: wait.until_ms)[:NAMED]:
        until = clock.iso(wait.until_ms)
        logs.write(f"{what}: until {until}", level, run_id=wait.run_id, workflow=wait.workflow, until=until)
