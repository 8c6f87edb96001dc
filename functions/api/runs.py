"""The routes of runs: list them, show one, cancel one or many, and retry one that failed."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import answers
import inbound
from inbound import BadRequest
from interlude import clock
from interlude.control import cancelling, revival, runs, waits, workflows
from interlude.control.cancelling import Filter
from interlude.control.run_list import list_runs
from interlude.models import RunStatus
from schemas import (
    Cancelled,
    Cancelling,
    Run,
    RunList,
    RunSummary,
    body_as,
    decode_cursor,
    encode_cursor,
)

router = APIGatewayHttpRouter()


@router.get("/runs")
def newest(
    workflow: str = "",
    status: RunStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str = "",
) -> RunList:
    if workflow:
        workflows.check(workflow)
        names = [workflow]
    else:
        # This may include another stack's workflow. That is harmless: it has no runs in this stack's table.
        names = workflows.names()
    found = list_runs(names, status or "", limit, decode_cursor(cursor))
    older = encode_cursor(found[-1].listed) if len(found) == limit else None
    return RunList(runs=[RunSummary.listed(asdict(run)) for run in found], cursor=older)


@router.get("/runs/<run_id>")
def describe(run_id: str) -> Response[Any]:
    view = runs.describe(run_id, inbound.base_url(router.current_event))
    return answers.data(200, Run.model_validate(view).model_dump())


@router.post("/runs/cancel")
def cancel_many() -> Cancelled:
    takes = 'required are "workflow" and "dry_run"; optional are "status", "started_after", "started_before", "cursor"'
    wanted = body_as(Cancelling, inbound.json_body(router.current_event), takes)
    workflows.check(wanted.workflow)
    after, before = (_moment(name, getattr(wanted, name)) for name in ("started_after", "started_before"))
    which = Filter(wanted.workflow, wanted.status or "", after, before)
    found = cancelling.cancel(which, decode_cursor(wanted.cursor), dry_run=wanted.dry_run)
    cursor = encode_cursor(found.cursor) if found.cursor else None
    return Cancelled.model_validate({**asdict(found), "dry_run": wanted.dry_run, "cursor": cursor})


def _moment(name: str, given: str) -> str:
    """A time in the format that lists sort by; empty if `given` is."""
    if not given:
        return ""
    try:
        moment = datetime.fromisoformat(given)
        # isprintable: Python accepts a NUL at the end.
        if moment.tzinfo and moment.year >= 1970 and given.isprintable():
            return clock.iso(clock.from_iso(given))
    except (ValueError, OverflowError):
        pass
    raise BadRequest(f"{name} is {given[:80]!r}; it must be a time with its time zone, such as 2026-11-01T00:00:00Z.")


@router.post("/runs/<run_id>/cancel")
def cancel(run_id: str) -> Response[Any]:
    waits.stop(run_id)
    return answers.data(200, {"run_id": run_id, "status": "cancelled"})


@router.post("/runs/<run_id>/retry")
def retry(run_id: str) -> Response[Any]:
    revival.retry(run_id)
    return answers.started(router.current_event, run_id)
