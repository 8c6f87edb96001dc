"""The runs: the newest, one in full, stopping one, and having a failed one go on."""

from dataclasses import asdict
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import answers
import inbound
from interlude.aws import executions
from interlude.control import revival, runs, waits
from interlude.control.workflows import list_runs
from schemas import Run, RunList, RunStatus, RunSummary, decode_cursor, encode_cursor

router = APIGatewayHttpRouter()


@router.get("/runs")
def newest(
    workflow: str = "",
    status: RunStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str = "",
) -> RunList:
    # Another stack's workflow has no runs in this stack's table, so its name does no harm here.
    workflows = [executions.machine(workflow).workflow] if workflow else executions.names()
    found = list_runs(workflows, status or "", limit, decode_cursor(cursor))
    return RunList(
        runs=[RunSummary.model_validate(asdict(run)) for run in found],
        cursor=encode_cursor(found[-1].listed) if len(found) == limit else None,
    )


@router.get("/runs/<run_id>")
def describe(run_id: str) -> Response[Any]:
    view = runs.describe(run_id, inbound.base_url(router.current_event))
    return answers.data(200, Run.model_validate(view).model_dump())


@router.post("/runs/<run_id>/cancel")
def cancel(run_id: str) -> Response[Any]:
    waits.stop(run_id)
    return answers.data(200, {"run_id": run_id, "status": "cancelled"})


@router.post("/runs/<run_id>/retry")
def retry(run_id: str) -> Response[Any]:
    revival.retry(run_id)
    return answers.started(router.current_event, run_id)
