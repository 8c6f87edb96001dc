"""The workflows of the stack: their names, steps and hook keys, their lists of runs. Called by the API."""

import hmac
import secrets
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from interlude.aws import executions, table
from interlude.aws.records import text
from interlude.errors import UnknownWorkflow


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


def hook_key(workflow: str) -> str:
    """The secret part of a workflow's hook URL, made when it is first asked for."""
    item = table.update(
        _hook(workflow),
        UpdateExpression="SET hook_key = if_not_exists(hook_key, :fresh)",
        ExpressionAttributeValues={":fresh": text(secrets.token_urlsafe(24))},
        ReturnValues="ALL_NEW",
    )
    return str(item["hook_key"]["S"])


def check_hook_key(workflow: str, given: str) -> None:
    """Raises UnknownWorkflow: a wrong key and an unknown workflow look the same."""
    executions.check_name(workflow)
    found = table.get([_hook(workflow)])
    known = found[0]["hook_key"]["S"] if found else ""
    same = hmac.compare_digest(known.encode(), given.encode(errors="replace"))
    if not (known and same):
        raise UnknownWorkflow(workflow)


def list_runs(workflows: list[str], status: str, limit: int, before: str) -> list[Summary]:
    """The newest `limit` runs of some workflows that are listed before `before` (empty: all), newest first."""
    newest_first = (_runs_of(workflow, status, limit, before) for workflow in workflows)
    return list(islice(merge(*newest_first, key=lambda run: run.listed, reverse=True), limit))


def _runs_of(workflow: str, status: str, limit: int, before: str) -> Any:
    index, name = ("runs-waiting", "waiting") if status == "paused" else ("runs-by-workflow", "workflow")
    arguments: dict[str, Any] = {
        "IndexName": index,
        "KeyConditionExpression": f"{name} = :workflow" + (" AND listed < :before" if before else ""),
        "ExpressionAttributeValues": {":workflow": text(workflow), **({":before": text(before)} if before else {})},
        "ScanIndexForward": False,
    }
    if status and status != "paused":
        arguments |= {"FilterExpression": "#status = :status", "ExpressionAttributeNames": {"#status": "status"}}
        arguments["ExpressionAttributeValues"][":status"] = text(status)
    else:
        arguments["Limit"] = limit
    for item in table.query(**arguments):
        yield Summary(**{name: item[name]["S"] if name in item else "" for name in Summary.__dataclass_fields__})


def _hook(workflow: str) -> dict[str, Any]:
    return {"pk": text(f"WORKFLOW#{workflow}"), "sk": text("HOOK")}
