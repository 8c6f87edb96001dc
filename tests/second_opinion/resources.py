"""What the Resource of a Task does, as AWS documents it: the request, the answer, and what errors are called."""

import json
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

OPTIMIZED = {"dynamodb": "DynamoDB", "lambda": "Lambda", "states": "StepFunctions"}
"""What stands before the name of an error of AWS's optimized integrations."""

SDK = {"dynamodb": "DynamoDb"}
"""The same for its integrations of the SDK, which are named as in the SDK for Java."""


class TaskFailed(Exception):
    def __init__(self, name: str, cause: str) -> None:
        super().__init__(name, cause)
        self.name, self.cause = name, cause


def do(resource: str, parameters: dict[str, Any]) -> Any:
    """Makes the request and returns its answer. TaskFailed is what a Retry and a Catch get to see."""
    service, action = resource.removeprefix("arn:aws:states:::").removesuffix(".waitForTaskToken").rsplit(":", 1)
    prefix = SDK[service.removeprefix("aws-sdk:")] if service.startswith("aws-sdk:") else OPTIMIZED[service]
    try:
        return ACTIONS[service.removeprefix("aws-sdk:"), action](parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        name = code if code.endswith("Exception") else f"{code}Exception"
        raise TaskFailed(f"{prefix}.{name}", error.response["Error"]["Message"]) from error


def _invoke(parameters: dict[str, Any]) -> dict[str, Any]:
    answer = client("lambda").invoke(
        FunctionName=parameters["FunctionName"], Payload=json.dumps(parameters["Payload"]).encode()
    )
    payload = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise TaskFailed(json.loads(payload)["errorType"], payload)
    return {"ExecutedVersion": answer["ExecutedVersion"], "Payload": json.loads(payload), "StatusCode": 200}


def _start_execution(parameters: dict[str, Any]) -> dict[str, Any]:
    assert parameters.keys() == {"StateMachineArn", "Name", "Input"}
    answer = client("stepfunctions").start_execution(
        stateMachineArn=parameters["StateMachineArn"], name=parameters["Name"], input=json.dumps(parameters["Input"])
    )
    return {"ExecutionArn": answer["executionArn"], "StartDate": answer["startDate"].timestamp()}


ACTIONS = {
    ("dynamodb", "putItem"): lambda parameters: client("dynamodb").put_item(**parameters),
    ("dynamodb", "updateItem"): lambda parameters: client("dynamodb").update_item(**parameters),
    ("lambda", "invoke"): _invoke,
    ("states", "startExecution"): _start_execution,
}


@lru_cache(maxsize=8)
def client(service: str) -> Any:
    retries: Any = {"total_max_attempts": 1}  # a Task's own Retry makes the others
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries=retries, max_pool_connections=50),
    )
