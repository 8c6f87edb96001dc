"""Cancels the runs of a workflow that match a filter, each through `waits.stop`.

It stops when its time runs out, and returns a cursor to continue from. A repeated request finds only the runs that are
still active.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from interlude import clock, logs
from interlude.aws import executions, table
from interlude.aws.records import text
from interlude.control import waits
from interlude.errors import NoTimeBetween, RunOver, UnknownRun

TIME_MS = 18_000
"""After this no further page is begun. The API's function has 29 s, and a page takes a few."""
PAGE = 50
"""The last page is done in time even if each of its runs takes 1.5 s, because Step Functions may throttle."""
AT_ONCE = 8
"""Runs that are cancelled in parallel. The requests of one run are sequential."""
NAMED = 100
"""Run ids in one response."""

Result = Literal["cancelled", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs. The times are start times as `clock.iso` writes them, empty for no limit."""

    workflow: str
    status: Literal["running", "paused", ""] = ""
    started_after: str = ""
    """This moment or later."""
    started_before: str = ""
    """Earlier than this moment."""


@dataclass
class Found:
    matched: int = 0
    cancelled: int = 0
    ended: int = 0
    """Runs that ended before they could be cancelled."""
    run_ids: list[str] = field(default_factory=list)
    """The first of those that matched."""
    failed: list[str] = field(default_factory=list)
    """Runs that AWS refused to stop."""
    cursor: str = ""
    """Where to continue; empty when all runs have been checked."""


def cancel(which: Filter, before: str, *, dry_run: bool) -> Found:
    """Cancels the runs that match the filter and are listed before `before` (empty: all), newest first.

    A dry run only finds them. Raises UnknownWorkflow and NoTimeBetween.
    """
    executions.check_name(which.workflow)
    if which.started_before and which.started_after >= which.started_before:
        raise NoTimeBetween(which.started_after, which.started_before)
    found = Found()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for run_ids, found.cursor in _pages(which, before):
            found.matched += len(run_ids)
            found.run_ids += run_ids[: NAMED - len(found.run_ids)]
            if dry_run:
                continue
            results = list(pool.map(_stop, run_ids))
            found.cancelled += results.count("cancelled")
            found.ended += results.count("ended")
            found.failed += [run_id for run_id, result in zip(run_ids, results, strict=False) if result == "failed"]
    return found


def _stop(run_id: str) -> Result:
    try:
        waits.stop(run_id)
    except (RunOver, UnknownRun):
        return "ended"
    except Exception as error:  # noqa: BLE001  # one refusal must not stop the other runs
        logs.write(f"could not cancel the run: {type(error).__name__}: {error}", "ERROR", run_id=run_id)
        return "failed"
    return "cancelled"


def _pages(which: Filter, before: str) -> Iterator[tuple[list[str], str]]:
    """The run ids of each page, and where the next page begins, until the time runs out."""
    began = clock.elapsed_ms()
    oldest = which.started_after or "0"
    while True:
        # `listed` is start time and id, so a start time alone sorts before it.
        newest = min(filter(None, (before, which.started_before)), default="~")
        # A cursor may be older than the filter, and DynamoDB refuses BETWEEN with its bounds reversed.
        if oldest > newest:
            yield [], ""
            return
        items, last = table.page(**_query(which, oldest, newest))
        # BETWEEN includes its bounds.
        ids = [item["run_id"]["S"] for item in items if not before or item["listed"]["S"] < before]
        before = last["listed"]["S"] if last else ""
        yield ids, before
        if not before or clock.elapsed_ms(began) > TIME_MS:
            return


def _query(which: Filter, oldest: str, newest: str) -> dict[str, Any]:
    index, name = ("runs-waiting", "waiting") if which.status == "paused" else ("runs-by-workflow", "workflow")
    query: dict[str, Any] = {
        "IndexName": index,
        "KeyConditionExpression": f"{name} = :workflow AND listed BETWEEN :oldest AND :newest",
        "ExpressionAttributeValues": {
            ":workflow": text(which.workflow),
            ":oldest": text(oldest),
            ":newest": text(newest),
        },
        "ScanIndexForward": False,
        "Limit": PAGE,
    }
    if which.status != "paused":
        wanted = ["running", "paused"]
        if which.status:
            wanted = [which.status]
        query |= {
            "FilterExpression": f"#status IN ({', '.join(f':{status}' for status in wanted)})",
            "ExpressionAttributeNames": {"#status": "status"},
        }
        query["ExpressionAttributeValues"] |= {f":{status}": text(status) for status in wanted}
    return query
