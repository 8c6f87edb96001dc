"""What the API of Step Functions answers about the executions of `machine`, as botocore has parsed it."""

import json
from datetime import UTC, datetime
from typing import Any

from interlude import clock
from tests.faults.machine import Machines
from tests.faults.stack import ARN_PREFIX


def answered(machines: Machines, operation: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The status and the parsed answer of a request."""
    now = datetime.fromtimestamp(clock.now_ms() / 1000, UTC)
    if operation == "DescribeStateMachine":
        workflow = given["stateMachineArn"].removeprefix(ARN_PREFIX)
        if workflow not in machines.definitions:
            return _refused("StateMachineDoesNotExist")
        return 200, {"definition": json.dumps(machines.definitions[workflow])}
    if operation == "StartExecution":
        workflow = given["stateMachineArn"].removeprefix(ARN_PREFIX)
        arn = f"{given['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{given['name']}"
        found, value = machines.executions.get(arn), json.loads(given["input"])
        if found and not (found.status == "RUNNING" and found.given == value):
            return _refused("ExecutionAlreadyExists")
        started = found or machines.start(workflow, given["name"], value)
        return 200, {"executionArn": started.arn, "startDate": now}
    if operation.startswith("SendTask"):
        told = machines.tell(given["taskToken"], given.get("error", ""), given.get("cause", ""))
        return (200, {}) if told else _refused("TaskTimedOut")
    execution = machines.executions.get(given["executionArn"])
    if execution is None:
        return _refused("ExecutionDoesNotExist")
    if operation == "StopExecution":
        machines.stop(execution, given.get("error", ""), given.get("cause", ""))
        return 200, {"stopDate": now}
    assert operation == "DescribeExecution"
    told = {"status": execution.status, "startDate": now, "input": json.dumps(execution.given)}
    ended = {"stopDate": now, "error": execution.error, "cause": execution.cause}
    return 200, told if execution.status == "RUNNING" else {**told, **ended}


def _refused(code: str) -> tuple[int, dict[str, Any]]:
    return 400, {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {}}
