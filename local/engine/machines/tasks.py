"""What the Resource of a Task does: the request, the answer, and the names of errors. Calls access, control_plane."""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.engine.access import refusal
from local.engine.errors import ServiceError
from local.engine.machines.control_plane import ControlPlane
from local.engine.machines.failures import RUNTIME
from local.engine.machines.text import compact, parse
from local.engine.machines.transition import Call, Failure, Outcome, Result, Submitted
from local.engine.place import Place

Operation = Callable[[str, dict[str, Any], Place], dict[str, Any] | None]
"""As in requests: the operations of a service, by name."""

Done = Callable[[bytes | ServiceError, str | None], None]
"""Gets the payload and the function error that Invoke answers, or the error that it fails with."""

Invoke = Callable[[str, str | None, bytes, Done], None]
"""(name, version, payload, done): comes back at once, and calls done once, later, in any thread."""

_SERVICES = {
    "dynamodb": ("dynamodb", "DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2"),
    "lambda": ("lambda", "Lambda", "AWSLambdaException", "AWSLambda"),
    "states": ("states", "StepFunctions", "AWSStepFunctionsException", "AWSStepFunctions"),
    "aws-sdk:dynamodb": ("dynamodb", "DynamoDb", "DynamoDbException", "DynamoDb"),
    "aws-sdk:sfn": ("states", "Sfn", "SfnException", "Sfn"),
}
"""For each integration: IAM's prefix, the prefix of errors, the error for what the SDK has no class for, and the
service's name in a cause."""

_WITHOUT_CLASS = {"AccessDeniedException", "ValidationException", "SerializationException"}
"""Codes for which AWS's SDK for Java has the service's own exception only."""

_REQUIRED = {"lambda": {"FunctionName"}, "states": {"StateMachineArn"}, "aws-sdk:sfn": {"StateMachineArn"}}


class Tasks:
    """`operations` are the engine's, by IAM's prefixes of the services."""

    def __init__(self, operations: Mapping[str, Operation], invoke: Invoke, control: ControlPlane) -> None:
        self._operations, self._invoke, self._control = operations, invoke, control

    def perform(self, call: Call, later: Callable[[Outcome], None]) -> Outcome | None:
        """Does what a task asks for. None if the outcome comes later."""
        missing = _REQUIRED.get(call.task.resource_type, set()) - _keys(call.request)
        if missing:
            return Failure(RUNTIME, f"The field {min(missing)!r} is required but was missing.")
        try:
            if call.task.resource_type == "lambda":
                self._call_function(call, later)
                return None
            answer = self._answer(call)
        except ServiceError as error:
            return _failure(call, error)
        return _outcome(call, answer)

    def _answer(self, call: Call) -> dict[str, Any]:
        service = _SERVICES[call.task.resource_type][0]
        action = call.task.resource.partition(".")[0]
        operation = f"{action[0].upper()}{action[1:]}"
        request = _start_request(call.request) if service == "states" else call.request
        _check_access(call, service, operation, request)
        answer = self._operations[service](operation, request, call.place)
        if answer is None and service == "states":
            answer = self._control.start_execution(call.place, request)
        assert answer is not None
        if service == "states":
            return _started(call, answer)
        return answer if call.task.resource_type.startswith("aws-sdk:") else {**answer, **_of_sdk()}

    def _call_function(self, call: Call, later: Callable[[Outcome], None]) -> None:
        request = call.request
        name, qualifier = request["FunctionName"], request.get("Qualifier")
        _check_access(call, "lambda", "Invoke", {"FunctionName": name, "Qualifier": qualifier})
        function, version = self._control.function_of(call.place, name, qualifier)
        payload = compact(request.get("Payload", {})).encode("utf-8", "surrogatepass")

        def done(answer: bytes | ServiceError, error: str | None) -> None:
            if isinstance(answer, ServiceError):
                later(_failure(call, answer))
            else:
                later(_answered(call, version, answer, error))

        self._invoke(function, version if version.isdigit() else None, payload, done)


def _keys(request: Any) -> set[str]:
    return set(request) if isinstance(request, dict) else set()


def _check_access(call: Call, service: str, operation: str, request: Mapping[str, Any]) -> None:
    """Judges a request by the policies of the state machine's role. Raises ServiceError."""
    session = f"arn:aws:sts::{call.place.account}:assumed-role/{call.role.rpartition('/')[2]}/{call.execution:032x}"
    if said := refusal(call.role, session, service, operation, request, call.place):
        raise ServiceError("AccessDeniedException", said)


def _outcome(call: Call, answer: dict[str, Any]) -> Outcome:
    text = compact(answer)
    return Submitted(text) if call.task.waits_for_token else Result(answer, text)


def _answered(call: Call, version: str, payload: bytes, error: str | None) -> Outcome:
    """What a function's answer is to its task."""
    text = payload.decode("utf-8", "replace")
    if error:
        return _function_failure(text)
    try:
        value = parse(text) if text else None
    except ValueError:
        value = text
    return _outcome(call, {"ExecutedVersion": version, "Payload": value, **_of_sdk(), "StatusCode": 200})


def _function_failure(text: str) -> Failure:
    """AWS: the error is called as the function says, and its cause is the function's whole answer."""
    try:
        name = json.loads(text)["errorType"]
    except (ValueError, KeyError, TypeError):
        name = None
    if not isinstance(name, str) or not name:
        cause = (
            f"The cause could not be determined because Lambda did not return an error type. Returned payload: {text}"
        )
        return Failure("Lambda.Unknown", cause)
    return Failure(name, text)


def _failure(call: Call, error: ServiceError) -> Failure:
    service, prefix, base, title = _SERVICES[call.task.resource_type]
    name = error.code if error.code.endswith("Exception") else f"{error.code}Exception"
    if service != "states" and name in _WITHOUT_CLASS:
        name = base
    status = {"ResourceNotFoundException": 404, "AccessDeniedException": 403} if service == "lambda" else {}
    code, request = status.get(error.code, 400), uuid.uuid4()
    if call.task.resource_type.startswith("aws-sdk:"):
        where = f"Service: {title}, Status Code: {code}, Request ID: {request}"
    else:
        where = f"Service: {title}; Status Code: {code}; Error Code: {error.code}; Request ID: {request}; Proxy: null"
    return Failure(f"{prefix}.{name}", f"{error.message} ({where})")


def _of_sdk() -> dict[str, Any]:
    """What AWS's optimized integrations add to an answer."""
    return {
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "SdkResponseMetadata": {"RequestId": str(uuid.uuid4())},
    }


def _start_request(parameters: dict[str, Any]) -> dict[str, Any]:
    """StartExecution's own spelling, with an input as text."""
    given = parameters.get("Input", {})
    request = {"stateMachineArn": parameters.get("StateMachineArn", "")}
    if "Name" in parameters:
        request["name"] = parameters["Name"]
    return {**request, "input": given if isinstance(given, str) else compact(given)}


def _started(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    moment = answer["startDate"]
    if call.task.resource_type.startswith("aws-sdk:"):
        text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"ExecutionArn": answer["executionArn"], "StartDate": text}
    return {"ExecutionArn": answer["executionArn"], "StartDate": moment}
