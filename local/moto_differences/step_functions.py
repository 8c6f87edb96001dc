"""How moto 5.2.5 answers the API of Step Functions."""

import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.api import ExecutionStatus, InvalidToken, TaskTimedOut
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local.moto_differences import events
from local.moto_differences.patch import replace


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

    replace(StepFunctionsParserBackend, "start_execution", start_with_name)

    replace(StepFunctionsParserBackend, "send_task_success", _send_task_success)
    replace(StepFunctionResponse, "send_task_failure", _send_task_failure)
    replace(StepFunctionResponse, "stop_execution", _stop_execution)

    terminated = BaseExecutionWorkerCommunication.terminated

    def terminated_unless_aborted(self: BaseExecutionWorkerCommunication) -> None:
        if self.execution.exec_status != ExecutionStatus.ABORTED:
            terminated(self)
            events.execution_ended(self.execution)

    replace(BaseExecutionWorkerCommunication, "terminated", terminated_unless_aborted)


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
    events.execution_ended(execution)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - moto's clock, not the project's
