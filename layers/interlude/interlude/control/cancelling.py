"""Cancels the runs of a workflow that a filter finds, each as `waits.stop` does. Called by the API.

It stops when its time is up, and says where: who asks again from there comes to the end. Asked twice, it finds only
what is left.
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
"""One that begins last is done in time when each of its runs takes 1.5 s, as Step Functions may throttle."""
AT_ONCE = 8
"""Requests of one run go one after the other; those of so many runs go beside each other."""
NAMED = 100
"""Run ids in one answer."""

Result = Literal["cancelled", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs. The times are of their begin, as `clock.iso` writes them; empty where there is no limit."""

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
    """Runs that ended by themselves before they could be cancelled."""
    run_ids: list[str] = field(default_factory=list)
    """The first of those that matched."""
    failed: list[str] = field(default_factory=list)
    """Runs that AWS did not let us stop."""
    cursor: str = ""
    """What to go on before; empty where all have been looked at."""


def cancel(which: Filter, before: str, *, dry_run: bool) -> Found:
    """Cancels the runs that the filter finds and that are listed before `before` (empty: all), newest first.

    A dry run only looks. Raises UnknownWorkflow and NoTimeBetween.
    """
    executions.check_name(which.workflow)
    if which.started_before and which.started_after >= which.started_before:
        raise NoTimeBetween(which.started_after, which.started_before)
    found = Found()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for run_ids, found.cursor in _pages(which, before):
            found.matched += len(run_ids)
            found.run_ids += run_ids[: NAMED - len(found.run_ids)]
            results: list[Result] = [] if dry_run else list(pool.map(_stop, run_ids))
            found.cancelled += results.count("cancelled")
            found.ended += results.count("ended")
            found.failed += [run_id for run_id, result in zip(run_ids, results, strict=False) if result == "failed"]
    return found


def _stop(run_id: str) -> Result:
    try:
        waits.stop(run_id)
    except (RunOver, UnknownRun):
        return "ended"
    except Exception as error:  # noqa: BLE001  # one that AWS refuses does not keep the others
        logs.write(f"could not be cancelled: {type(error).__name__}: {error}", "ERROR", run_id=run_id)
        return "failed"
    return "cancelled"


def _pages(which: Filter, before: str) -> Iterator[tuple[list[str], str]]:
    """The runs of each page, and where the next page begins, until the time is up."""
    began = clock.elapsed_ms()
    oldest = which.started_after or "0"
    while True:
        # A run is listed by its begin and its id, so the begin alone sorts before it.
        newest = min(filter(None, (before, which.started_before)), default="~")
        # A cursor may be older than all that is wanted, and DynamoDB refuses BETWEEN with its ends the wrong way round.
        if oldest > newest:
            yield [], ""
            return
        items, last = table.page(**_query(which, oldest, newest))
        # BETWEEN takes its ends in.
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
        wanted = [which.status] if which.status else ["running", "paused"]
        query |= {
            "FilterExpression": f"#status IN ({', '.join(f':{status}' for status in wanted)})",
            "ExpressionAttributeNames": {"#status": "status"},
        }
        query["ExpressionAttributeValues"] |= {f":{status}": text(status) for status in wanted}
    return query
