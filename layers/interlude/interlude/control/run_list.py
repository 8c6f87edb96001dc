"""Lists of runs, of one workflow or of all, newest first."""

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from interlude.aws import table
from interlude.aws.records import text


@dataclass(frozen=True, slots=True)
class Summary:
    run_id: str
    workflow: str
    status: str
    started_at: str
    ended_at: str
    exit_reason: str
    listed: str
    """Start time and id: unique, and sorts by start."""


def list_runs(workflows: list[str], status: str, limit: int, before: str) -> list[Summary]:
    """The newest `limit` runs of some workflows that are listed before `before` (empty: all), newest first."""
    newest_first = (_runs_of(workflow, status, limit, before) for workflow in workflows)
    return list(islice(merge(*newest_first, key=lambda run: run.listed, reverse=True), limit))


def _runs_of(workflow: str, status: str, limit: int, before: str) -> Any:
    index, name = ("runs-waiting", "waiting") if status == "paused" else ("runs-by-workflow", "workflow")
    condition = f"{name} = :workflow"
    values = {":workflow": text(workflow)}
    if before:
        condition += " AND listed < :before"
        values[":before"] = text(before)
    arguments: dict[str, Any] = {
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": False,
    }
    if status and status != "paused":
        arguments |= {"FilterExpression": "#status = :status", "ExpressionAttributeNames": {"#status": "status"}}
        arguments["ExpressionAttributeValues"][":status"] = text(status)
    else:
        arguments["Limit"] = limit
    for item in table.query(**arguments):
        yield Summary(**{name: item[name]["S"] if name in item else "" for name in Summary.__dataclass_fields__})
