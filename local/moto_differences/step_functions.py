"""How moto 5.2.5 answers the API of Step Functions."""

import json
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.api import ExecutionStatus, InvalidToken, TaskTimedOut
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local.engine.machines import Ended, Machines
from local.engine.machines.definition import can_run
from local.engine.place import Place
from local.moto_differences import events
from local.moto_differences.patch import replace

_machines: Machines | None = None


def run_executions_with(machines: Machines | None) -> None:
    """From now on what AWS starts by itself is started there, too, and what is deleted with its state machine."""
    global _machines  # noqa: PLW0603 - the seam is one for the process, as moto is
    _machines = machines


class _Started:
    """What callers read of an execution that they have started."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.execution_arn = str(answer["executionArn"])
        self.name = self.execution_arn.rpartition(":")[2]
        self.start_date = datetime.fromtimestamp(answer["startDate"], UTC)


def install() -> None:
    # moto: an execution without a name is called None, so that there is one; and two requests at the same moment
    # start two executions of one name. AWS: gives it a UUID, and a name is taken once.
    start_lock = threading.Lock()
    start_execution = StepFunctionsParserBackend.start_execution

    def start_with_name(
        self: StepFunctionsParserBackend, state_machine_arn: str, name: str | None = None, *more: Any, **by_name: Any
    ) -> Execution:
        with start_lock:
            return start_execution(self, state_machine_arn, name or str(uuid.uuid4()), *more, **by_name)

    def start_in_engine(
        self: StepFunctionsParserBackend, state_machine_arn: str, name: str | None = None, execution_input: str = "{}"
    ) -> Any:
        request = {"stateMachineArn": state_machine_arn, "name": name, "input": execution_input}
        place = Place(self.account_id, self.region_name)
        answer = _machines.answer("StartExecution", request, place) if _machines else None
        return _Started(answer) if answer else start_with_name(self, state_machine_arn, name, execution_input)

    replace(StepFunctionsParserBackend, "start_execution", start_in_engine)

    replace(StepFunctionsParserBackend, "send_task_success", _send_task_success)
    replace(StepFunctionResponse, "send_task_failure", _send_task_failure)
    replace(StepFunctionResponse, "stop_execution", _stop_execution)

    # moto: parses each definition by a grammar, which takes a tenth of a second. The engine has checked what it runs.
    validate = StepFunctionsParserBackend._validate_definition

    def validate_what_is_motos(definition: str) -> None:
        if _machines is None or not can_run(definition):
            validate(definition)

    replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(validate_what_is_motos))

    delete_state_machine = StepFunctionBackend.delete_state_machine

    def delete_with_executions(self: StepFunctionBackend, arn: str) -> None:
        delete_state_machine(self, arn)
        if _machines:
            _machines.delete_machine(arn)

    replace(StepFunctionBackend, "delete_state_machine", delete_with_executions)

    terminated = BaseExecutionWorkerCommunication.terminated

    def terminated_unless_aborted(self: BaseExecutionWorkerCommunication) -> None:
        if self.execution.exec_status != ExecutionStatus.ABORTED:
            terminated(self)
            events.execution_ended(_ended(self.execution))

    replace(BaseExecutionWorkerCommunication, "terminated", terminated_unless_aborted)


def _ended(execution: Any) -> Ended:
    return Ended(
        arn=execution.exec_arn,
        account=execution.account_id,
        region=execution.region_name,
        machine=execution.state_machine_arn,
        name=execution.name,
        status=execution.status,
        start_ms=int(execution.start_date.timestamp() * 1000),
        stop_ms=int(execution.stop_date.timestamp() * 1000),
        input=execution.execution_input,
        output=None if execution.output is None else json.dumps(execution.output),
        error=execution.error,
        cause=execution.cause,
    )


def _send_task_success(self: Any, task_token: str, outcome: str) -> None:
    _settle(self, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))


def _send_task_failure(self: Any) -> EmptyResult:
    # moto: drops the cause. AWS: it is what a Catch gets.
    token, error, cause = (self._get_param(key) for key in ("taskToken", "error", "cause"))
    _settle(self.stepfunction_backend, CallbackOutcomeFailure(callback_id=token, error=error, cause=cause))
    return EmptyResult()


def machine_of(backend: Any, task_token: str) -> str | None:
    """The ARN of the state machine that waits, or has waited, for a token; None for one that is not known."""
    for execution in backend._get_executions():
        pool = getattr(execution.exec_worker.env, "callback_pool_manager", None)
        if pool and pool.get(task_token):
            return str(execution.state_machine_arn)
    return None


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


_START_SECONDS = 5


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
    end = time.monotonic() + _START_SECONDS
    while getattr(worker.env, "_program_state", None) is None and time.monotonic() < end:
        # It has only just been started, and before its first state it can't be told to stop.
        time.sleep(0.001)
    env = worker.env
    details = {"executionAbortedEventDetails": {"error": error, "cause": cause}}
    env.event_history_context.source_event_id = 0
    env.event_manager.add_event(context=env.event_history_context, event_type="ExecutionAborted", event_details=details)
    env.event_manager.add_event = lambda *_, **__: 0
    env.set_stop(stop_date=execution.stop_date, error=error, cause=cause)
    for endpoint in list(env.callback_pool_manager._pool.values()):
        endpoint.interrupt_all()
    events.execution_ended(_ended(execution))


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - moto's clock, not the project's
