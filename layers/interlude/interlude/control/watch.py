"""Checks the waiting runs every hour: how many there are, since when they wait, and which are about to time out.

It reads the index runs-waiting-until, which holds only those runs. While no run waits, it publishes and logs nothing.
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
"""A suspend is near its deadline when this part of its time is left."""
LATE_MS = 3_600_000
"""By this long after its timeout a wait has ended, even if AWS had to try again. One that has not is stuck."""
NAMED = 20
"""Runs of each kind that the log names."""


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
        # Two waits may end at the same time. The count keeps the heap from comparing the waits themselves.
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
    """Publishes the metrics of the waiting runs, and logs those that need a person's attention.

    It keeps only the waits that it will log: there may be a million.
    """
    now = clock.now_ms()
    count = 0
    oldest_ms = now
    overdue = _Named()
    near = _Named()
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
    # A 0 would cost money, and the alarms treat missing data as 0.
    if near.count:
        values["WaitsNearDeadline"] = near.count
    if overdue.count:
        values["WaitsOverdue"] = overdue.count
    metrics.publish("runs that wait", values)
    overdue.log("overdue: timed out over an hour ago and has not continued", "ERROR")
    near.log("near its deadline: at most a tenth of its time is left", "WARNING")


def _waiting() -> Iterator[Waiting]:
    # Runs that paused on an older layer lack wait_until and are not in this index.
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
    """Only a suspend waits for a person. A delay that ends, or the next attempt of a poll, needs no attention."""
    return wait.kind == "suspend" and -LATE_MS <= wait.until_ms - now < (wait.until_ms - wait.since_ms) * NEAR
