"""Looks at the runs that wait: how many, since when, and whose time is nearly up. Called by the function Watch, hourly.

It reads the index runs-waiting-until, which holds those runs alone. Where nothing waits it reads and writes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappush, heappushpop
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


class _Named:
    """How many waits of one kind there are, and the few of them that end first."""

    def __init__(self) -> None:
        self.count = 0
        self._latest_first: list[tuple[int, int, Waiting]] = []

    def add(self, wait: Waiting) -> None:
        self.count += 1
        # The count tells two waits apart that end at the same time, so that the heap never compares the waits.
        entry = (-wait.until_ms, -self.count, wait)
        if len(self._latest_first) < NAMED:
            heappush(self._latest_first, entry)
        else:
            heappushpop(self._latest_first, entry)

    def log(self, what: str, level: str) -> None:
        for _, _, wait in sorted(self._latest_first, reverse=True):
            until = clock.iso(wait.until_ms)
            logs.write(f"{what}: until {until}", level, run_id=wait.run_id, workflow=wait.workflow, until=until)


def look() -> None:
    """Publishes the metrics of the runs that wait, and names those that need a person's attention.

    It keeps none of the waits but those that it names: there may be a million.
    """
    now = clock.now_ms()
    count, oldest_ms = 0, now
    overdue, near = _Named(), _Named()
    for wait in _waiting():
        count += 1
        oldest_ms = min(oldest_ms, wait.since_ms)
        if wait.until_ms + LATE_MS < now:
            overdue.add(wait)
        if _is_near(wait, now):
            near.add(wait)
    if not count:
        return
    oldest_days = (now - oldest_ms) / 1000 / clock.DAY_S
    values: dict[Name, float] = {"RunsWaiting": count, "OldestWaitDays": round(oldest_days, 3)}
    # What is 0 is not published: it would cost, and the alarms take nothing for 0.
    values |= {"WaitsNearDeadline": near.count} if near.count else {}
    values |= {"WaitsOverdue": overdue.count} if overdue.count else {}
    metrics.publish("runs that wait", values)
    overdue.log("waits, though its time has been up for an hour", "ERROR")
    near.log("has a tenth of its time left, and nobody has answered", "WARNING")


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
