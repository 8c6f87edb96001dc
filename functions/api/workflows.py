"""The routes of workflows: list them, start one, test one of its steps."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import answers
import idempotency
import inbound
from interlude.aws import executions, functions
from interlude.control import repeats, runs, workflows
from interlude.errors import UnknownStep
from schemas import StepTest, TestResult, Workflow, WorkflowList, body_as

router = APIGatewayHttpRouter()


@router.get("/workflows")
def list_workflows() -> WorkflowList:
    base = inbound.base_url(router.current_event)
    return WorkflowList(
        workflows=[
            Workflow(
                name=found.name,
                steps=found.steps,
                options=found.options,
                hook_url=f"{base}/hooks/{found.name}/{found.hook_key}",
                error=found.mistake or None,
            )
            for found in workflows.list_workflows()
        ]
    )


@router.post("/workflows/<workflow>/runs")
def start(workflow: str) -> Response[Any]:
    event = router.current_event
    workflows.check(workflow)  # that it belongs to this stack; for a hook, its key proves that
    given = inbound.json_body(event)
    run_id = runs.start(workflow, given, repeats.mark(idempotency.key_of(event), "api", given))
    return answers.started(event, run_id)


@router.post("/workflows/<workflow>/steps/<step>/test")
def test(workflow: str, step: str) -> Response[Any]:
    takes = 'a test accepts {"event": …, "steps": {step: {export: …}}, "inputs": {input: …}}'
    given = body_as(StepTest, inbound.json_body(router.current_event), takes)
    machine = executions.machine(workflow)
    if step not in machine.steps:
        raise UnknownStep(workflow, step, list(machine.steps))
    result = functions.test_step(machine.steps[step], workflow, step, given.model_dump())
    return answers.data(200, TestResult.model_validate(result).model_dump())
