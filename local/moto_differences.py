"""Where moto 5.2.5 differs from AWS in a way that a workflow notices, and what is done about it.

deploy calls install() once per process; server and tests plug in who runs functions with run_functions_with().
Each comment says what moto does and what AWS does.
"""

import json
import sys
import threading
import urllib.parse
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from moto.awslambda.models import LambdaFunction, LambdaVersion
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend as lambda_backend
from moto.core.models import botocore_stubber
from moto.core.responses import ActionResult, EmptyResult
from moto.dynamodb.responses import DynamoHandler
from moto.sesv2.responses import SESV2Response
from moto.settings import moto_server_port
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.api import ExecutionStatus, InvalidToken, TaskTimedOut
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse
from moto.stepfunctions.responses import get_backend as step_functions_backend

from local import outbox

# (function name, qualifier, payload) -> (payload, function error): what Lambda's Invoke answers.
Invoker = Callable[[str, str | None, bytes], tuple[bytes, str | None]]


def _nobody(function_name: str, _qualifier: str | None, _payload: bytes) -> tuple[bytes, str | None]:
    text = f"Nothing runs {function_name}: call run_functions_with() first."
    return json.dumps({"errorType": "Local.NoInvoker", "errorMessage": text}).encode(), "Unhandled"


_invoker: Invoker = _nobody


def run_functions_with(invoker: Invoker | None) -> None:
    """From now on every invocation, by a client or by a state machine, is answered by the invoker."""
    global _invoker  # noqa: PLW0603 - the seam is one for the process, as moto is
    _invoker = invoker or _nobody


@lru_cache(maxsize=1)
def install() -> None:
    """Changes moto in this process. Further calls do nothing."""
    _cloudformation()
    _lambda()
    _dynamodb()
    _ses()
    _step_functions_api()
    _step_functions_interpreter()


# ---- CloudFormation ----------------------------------------------------------------------------------------------


def _cloudformation() -> None:
    # moto: Ref of an AWS::Lambda::Version is None. AWS: the version's ARN.
    def create_version(_cls: Any, /, _name: str, definition: Any, account_id: str, region_name: str, **_: Any) -> Any:
        backend: Any = lambda_backend(account_id, region_name)
        function = backend.publish_version(definition["Properties"]["FunctionName"])
        version = _cls({"Version": function.version})
        version.physical_resource_id = function.function_arn
        return version

    _replace(LambdaVersion, "create_from_cloudformation_json", classmethod(create_version))

    # moto: a state machine is created in the backend that runs nothing, and DefinitionSubstitutions are ignored.
    # AWS: the values are put into the text, and it can be run.
    def create_state_machine(
        _cls: Any, /, name: str, definition: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        properties = definition["Properties"]
        text = properties["DefinitionString"]
        for key, value in properties.get("DefinitionSubstitutions", {}).items():
            text = text.replace("${" + key + "}", str(value))
        backend = step_functions_backend(account_id, region_name)
        return backend.create_state_machine(
            name=properties.get("StateMachineName", name), definition=text, roleArn=properties["RoleArn"],
            sm_type=properties.get("StateMachineType", "STANDARD"),
        )  # fmt: skip

    _replace(StateMachine, "create_from_cloudformation_json", classmethod(create_state_machine))


# ---- Lambda ------------------------------------------------------------------------------------------------------


def _lambda() -> None:
    # moto: runs code in Docker, marks errors as "Handled", takes no Qualifier from the query and cuts at 6,000,000
    # bytes. AWS: runs it, says "Unhandled", and answers Event and DryRun without a payload.
    def invoke(self: LambdaResponse) -> tuple[int, dict[str, str], bytes]:
        name = urllib.parse.unquote(self.path.rsplit("/", 2)[-2])
        function = self.backend.get_function(name, self.querystring.get("Qualifier", [None])[0])
        payload = self.body.encode() if isinstance(self.body, str) else self.body
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return 204, {}, b""
        if kind == "Event":
            _in_background(function, payload or b"{}")
            return 202, {}, b""
        answer, error = _invoke(function, payload or b"{}")
        headers = {"content-type": "application/json", "x-amz-executed-version": str(function.version)}
        if error:
            headers["x-amz-function-error"] = error
        return 200, headers, answer

    _replace(LambdaResponse, "invoke", invoke)

    # moto: delivers a table's stream inside of the request that wrote the item. AWS: some time later, in order.
    stream = ThreadPoolExecutor(1, "stream")

    def invoke_with_records(self: LambdaFunction, body: str, _request: Any, _response: Any) -> bytes:
        stream.submit(_invoke, self, body.encode())
        return b"{}"

    _replace(LambdaFunction, "invoke", invoke_with_records)


def _invoke(function: LambdaFunction, payload: bytes) -> tuple[bytes, str | None]:
    version = str(function.version)
    return _invoker(function.function_name, version if version.isdigit() else None, payload)


def _in_background(function: LambdaFunction, payload: bytes) -> None:
    threading.Thread(target=_invoke, args=(function, payload), daemon=True).start()


# ---- DynamoDB ----------------------------------------------------------------------------------------------------


def _dynamodb() -> None:
    # moto: evaluates a condition and writes without a lock. AWS: serialises the writes of an item, and transactions.
    lock = threading.RLock()
    call_action = DynamoHandler.call_action

    def call_action_alone(self: DynamoHandler) -> Any:
        with lock:
            return call_action(self)

    _replace(DynamoHandler, "call_action", call_action_alone)


# ---- SES ---------------------------------------------------------------------------------------------------------


def _ses() -> None:
    # moto: keeps the HTML part of a mail only, and refuses senders that nobody has verified. AWS: sends both parts;
    # here the developer's word is enough, as nothing is delivered.
    send_email = SESV2Response.send_email

    def keep_email(self: SESV2Response) -> str:
        request = json.loads(self.body)
        if "Simple" not in request.get("Content", {}):
            self.sesv2_backend.create_email_identity(request["FromEmailAddress"], None, None, None)
            return send_email(self)
        outbox.record(request)
        return json.dumps({"MessageId": str(uuid.uuid4())})

    _replace(SESV2Response, "send_email", keep_email)


# ---- Step Functions: its API -------------------------------------------------------------------------------------


def _step_functions_api() -> None:
    # moto: an execution without a name is called None, so that there is one; and two requests at the same moment
    # start two executions of one name. AWS: gives it a UUID, and a name is taken once.
    start_lock = threading.Lock()
    start_execution = StepFunctionsParserBackend.start_execution

    def start_with_name(
        self: StepFunctionsParserBackend, state_machine_arn: str, name: str | None = None, *more: Any, **by_name: Any
    ) -> Execution:
        with start_lock:
            return start_execution(self, state_machine_arn, name or str(uuid.uuid4()), *more, **by_name)

    _replace(StepFunctionsParserBackend, "start_execution", start_with_name)

    _replace(StepFunctionsParserBackend, "send_task_success", _send_task_success)
    _replace(StepFunctionResponse, "send_task_failure", _send_task_failure)
    _replace(StepFunctionResponse, "stop_execution", _stop_execution)

    terminated = BaseExecutionWorkerCommunication.terminated

    def terminated_unless_aborted(self: BaseExecutionWorkerCommunication) -> None:
        if self.execution.exec_status != ExecutionStatus.ABORTED:
            terminated(self)

    _replace(BaseExecutionWorkerCommunication, "terminated", terminated_unless_aborted)


def _send_task_success(self: Any, task_token: str, outcome: str) -> None:
    _settle(self, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))


def _send_task_failure(self: Any) -> EmptyResult:
    # moto: drops the cause. AWS: it is what a Catch gets.
    token, error, cause = (self._get_param(key) for key in ("taskToken", "error", "cause"))
    _settle(self.stepfunction_backend, CallbackOutcomeFailure(callback_id=token, error=error, cause=cause))
    return EmptyResult()


_token_lock = threading.Lock()


def _settle(backend: Any, outcome: CallbackOutcome) -> None:
    """Gives a task its outcome.

    moto: fails on executions that have no environment yet, takes a second outcome of one token and drops it, and
    says InvalidToken for a token of an execution that has ended. AWS: one outcome, then TaskTimedOut.
    """
    for execution in backend._get_executions():
        pool = getattr(execution.exec_worker.env, "callback_pool_manager", None)
        endpoint = pool.get(outcome.callback_id) if pool else None
        if endpoint is None:
            continue
        with _token_lock:
            if execution.exec_status != ExecutionStatus.RUNNING or endpoint._notify_event.is_set():
                raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut", 400)
            endpoint.notify(outcome=outcome)
        return
    raise InvalidToken


def _stop_execution(self: Any) -> ActionResult:
    # moto: drops error and cause. AWS: DescribeExecution tells them.
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    _abort(execution, self._get_param("error"), self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def _abort(execution: Any, error: str | None, cause: str | None) -> None:
    """Stops an execution now.

    moto: the status changes when the state that runs has come to its end by itself, which for a task token can take
    as long as its timeout; the interrupted state may then count as failed. AWS: it is ABORTED at once, nothing
    follows in its history, and a function that was called runs on unobserved.
    """
    worker = execution.exec_worker
    if execution.exec_status != ExecutionStatus.RUNNING or worker is None:
        return
    execution.exec_status, execution.stop_date = ExecutionStatus.ABORTED, _now()
    execution.error, execution.cause = error, cause
    env = worker.env
    if env is None:
        return
    details = {"executionAbortedEventDetails": {"error": error, "cause": cause}}
    env.event_history_context.source_event_id = 0
    env.event_manager.add_event(context=env.event_history_context, event_type="ExecutionAborted", event_details=details)
    env.event_manager.add_event = lambda *_, **__: 0
    env.set_stop(stop_date=execution.stop_date, error=error, cause=cause)
    for endpoint in list(env.callback_pool_manager._pool.values()):
        endpoint.interrupt_all()


# ---- Step Functions: what runs the states ------------------------------------------------------------------------


def _step_functions_interpreter() -> None:
    # moto: EnteredTime has microseconds and an offset, StartTime is a datetime, which is no DynamoDB value.
    # AWS: both are texts like 2026-11-22T16:26:44.194Z.
    def state_data(**data: Any) -> dict[str, Any]:
        return {**data, "EnteredTime": _timestamp(datetime.fromisoformat(data["EnteredTime"]))}

    def execution_data(**data: Any) -> dict[str, Any]:
        return {**data, "StartTime": _timestamp(data["StartTime"])}

    _replace(state, "StateData", state_data)
    _replace(execution_worker, "ExecutionData", execution_data)

    # moto: states:startExecution calls boto3 with the keys as they are in the state machine, and fails.
    # AWS: keys are upper case on both sides.
    normalise = StateTaskServiceSfn._normalise_parameters

    def lower_case_keys(self: StateTaskServiceSfn, parameters: dict[str, Any], *more: Any, **by_name: Any) -> None:
        normalise(self, parameters, *more, **by_name)
        for key in list(parameters):
            parameters[key[0].lower() + key[1:]] = parameters.pop(key)

    def upper_case_keys(_self: StateTaskServiceSfn, response: dict[str, Any], *_: Any, **__: Any) -> None:
        for key in list(response):
            value = response.pop(key)
            response[key[0].upper() + key[1:]] = value.timestamp() if isinstance(value, datetime) else value

    _replace(StateTaskServiceSfn, "_normalise_parameters", lower_case_keys)
    _replace(StateTaskServiceSfn, "_normalise_response", upper_case_keys)

    # moto: parses the definition for every execution, every path on every use, and makes a client for every task.
    # What is parsed keeps no state, but for a key that it makes up when it is first used: it gets one before.
    parse = lru_cache(maxsize=256)(AmazonStateLanguageParser.parse)
    _replace(AmazonStateLanguageParser, "parse", staticmethod(parse))
    _replace(EvalComponent, "heap_key", property(lambda self: str(id(self))))
    paths: tuple[Any, ...] = (json_path, result_path)
    for module in paths:
        _replace(module, "parse", lru_cache(maxsize=4096)(module.parse))
    client_for = boto_client.boto_client_for
    for module in list(sys.modules.values()):
        if getattr(module, "boto_client_for", None) is client_for:
            _replace(module, "boto_client_for", _client_for)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - moto's clock, not the project's


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _client_for(region: str, service: str, state_credentials: Any = None) -> Any:  # noqa: ARG001 - all are one
    # Under mock_aws requests are answered before they are sent; beside a server they go there.
    port = None if botocore_stubber.enabled else moto_server_port()
    return _client(region, service, port)


@lru_cache(maxsize=64)
def _client(region: str, service: str, port: str | None) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=port and f"http://127.0.0.1:{port}",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - moto asks for one
        config=Config(
            parameter_validation=False,
            max_pool_connections=50,
            retries={"total_max_attempts": 1},
            # A task's own timeout ends it.
            connect_timeout=10,
            read_timeout=1_000_000,
        ),
    )


def _replace(owner: Any, name: str, replacement: Any) -> None:
    """Replaces what moto has under this name. A name that moto has no more is a mistake here."""
    if not hasattr(owner, name):
        raise AttributeError(f"moto has no {owner.__name__}.{name}: local/moto_differences.py is for moto 5.2.5")
    setattr(owner, name, replacement)
