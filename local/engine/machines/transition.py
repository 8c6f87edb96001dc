"""One transition: what an execution does from an outcome, or from a state's begin, to where it rests or ends.

Calls executions, history, definition. It changes an execution and adds to its history; who called it saves both.
"""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.clock import iso
from local.engine.machines import executions
from local.engine.machines.definition import Choice, Definition, Fail, Pass, State, Task, Wait
from local.engine.machines.executions import Execution
from local.engine.machines.failures import (
    DATA_LIMIT_EXCEEDED,
    HEARTBEAT_TIMEOUT,
    RUNTIME,
    TIMEOUT,
    StateFailure,
    retrier_of,
    takes,
)
from local.engine.machines.history import MAX_EVENTS, HistoryFull, Log
from local.engine.machines.text import compact, is_too_large, parse

STATES_AT_ONCE = 100
"""How many states a transition enters at most, so that no request waits for an execution that goes round and round."""

KEPT_MS = 90 * 24 * 3_600_000
"""How long AWS keeps an execution that has ended."""


@dataclass(frozen=True, slots=True)
class Result:
    """A task has done its work. `text` is the JSON text of the value."""

    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """A service has taken a request, and the task waits for its token. `text` is its answer, as JSON text."""

    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    error: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """The time that the execution rests for is over."""


@dataclass(frozen=True, slots=True)
class Again:
    """The engine began anew while a task was called."""


Outcome = Result | Submitted | Failure | Due | Again


@dataclass(frozen=True, slots=True)
class Call:
    """What a task asks for, once its transition is kept."""

    execution: int
    turn: int
    task: Task
    request: Any
    role: str
    arn: str
    machine: str
    place: Any


class Transition:
    """`data_text` is the input of the execution's state; `input_text` reads the input of the execution."""

    def __init__(
        self, execution: Execution, definition: Definition, data_text: str, input_text: Callable[[], str], now_ms: int
    ) -> None:
        self.execution, self._definition, self._now_ms = execution, definition, now_ms
        self._text, self._input_text = data_text, input_text
        self._data: Any = None
        self._is_parsed = False
        self.log = Log(execution)
        self.call: Call | None = None
        self.token: str | None = None
        """The token of a task that begins to wait for one."""

    def run(self, outcome: Outcome | None) -> None:
        """Settles what the execution waits for, and goes on to where it rests, calls a task, or ends."""
        try:
            self._settle(outcome)
            entered = 0
            while self.execution.phase == executions.READY:
                if entered == STATES_AT_ONCE:
                    self._rest(executions.READY, self._now_ms)
                    break
                self._enter()
                entered += 1
        except HistoryFull:
            cause = f"The execution reached the maximum number of history events ({MAX_EVENTS})."
            self._end(executions.FAILED, RUNTIME, cause)
        self._find_due()

    def stop(self, error: str | None, cause: str | None) -> None:
        """What StopExecution does."""
        self._end(executions.ABORTED, error, cause)
        self._find_due()

    def beat(self) -> None:
        """What SendTaskHeartbeat does."""
        if self.execution.beat_s:
            self.execution.beat_ms = self._now_ms + 1000 * self.execution.beat_s
        self._find_due()

    # ---- Data ----

    @property
    def _value(self) -> Any:
        """The input of the state."""
        if not self._is_parsed:
            self._data, self._is_parsed = parse(self._text), True
        return self._data

    def _context(self, state: State) -> dict[str, Any]:
        if not state.reads_context:
            return {}
        execution = self.execution
        about: dict[str, Any] = {
            "Id": execution.arn,
            "Name": execution.name,
            "RoleArn": execution.role,
            "StartTime": iso(execution.start_ms),
        }
        if state.reads_input:
            about["Input"] = parse(self._input_text())
        context = {
            "Execution": about,
            "State": {
                "Name": state.name,
                "EnteredTime": iso(execution.entered_ms),
                "RetryCount": sum(execution.retries),
            },
            "StateMachine": {"Id": execution.machine, "Name": execution.machine_name},
        }
        if execution.token:
            context["Task"] = {"Token": execution.token}
        return context

    # ---- States ----

    def _enter(self) -> None:
        execution = self.execution
        execution.rest_ms = None
        state = self._definition.states[execution.state]
        execution.entered_event = self.log.add(
            f"{state.type}StateEntered", self._now_ms, state.details, data_of=execution.key_of(execution.data_event)
        )
        execution.entered_ms, execution.attempts = self._now_ms, ""
        try:
            self._begin(state)
        except StateFailure as failure:
            self._failed(state, self._explained(failure))

    def _begin(self, state: State) -> None:
        if isinstance(state, Task):
            self._attempt(state)
            return
        context = self._context(state)
        data = self._value if state.input is None else state.input(self._value, context)
        if isinstance(state, Choice):
            self._exit(state, data, context, _chosen(state, data, context))
        elif isinstance(state, Wait):
            self._rest(executions.WAITING, state.until_ms(data, context, self._now_ms))
        elif isinstance(state, Fail):
            error = state.error(data, context) if state.error else None
            cause = state.cause(data, context) if state.cause else None
            self._end(executions.FAILED, error, cause)
        elif isinstance(state, Pass):
            result = state.result(data, context)
            output = state.put(self._value, result) if state.put else self._value
            self._exit(state, output, context, state.next)
        else:
            self._exit(state, data, context, None)

    def _exit(self, state: State, output: Any, context: Any, following: str | None) -> None:
        """Leaves a state with what its ResultPath has made of it."""
        if state.output is not None:
            output = state.output(output, context)
        execution = self.execution
        if output is self._value:
            self.log.add(
                f"{state.type}StateExited", self._now_ms, state.details, data_of=execution.key_of(execution.data_event)
            )
        else:
            text = compact(output)
            self._check_size(text, state.name)
            execution.data_event = self.log.add(f"{state.type}StateExited", self._now_ms, state.details, text)
            self._text, self._data = text, output
        execution.token = execution.beat_ms = execution.beat_s = None
        if following is None:
            self._end(executions.SUCCEEDED)
            return
        execution.state, execution.phase = following, executions.READY

    def _check_size(self, text: str, name: str) -> None:
        if is_too_large(text):
            raise StateFailure(
                DATA_LIMIT_EXCEEDED,
                f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service "
                "limit.",
            )

    def _explained(self, failure: StateFailure) -> Failure:
        """AWS says where the interpreter itself has failed."""
        if failure.error == DATA_LIMIT_EXCEEDED:
            return Failure(failure.error, failure.cause)
        execution = self.execution
        where = f"the state '{execution.state}' (entered at the event id #{execution.entered_event})"
        return Failure(failure.error, f"An error occurred while executing {where}. {failure.cause}")

    # ---- Tasks ----

    def _attempt(self, task: Task, *, again: bool = False) -> None:
        """Begins to call a task. What is called again is in the history; one with a token keeps that and its time."""
        execution = self.execution
        if not again:
            execution.turn += 1
            execution.token = None
            if task.waits_for_token:
                self.token = execution.token = secrets.token_urlsafe(48)
        context = self._context(task)
        data = self._value if task.input is None else task.input(self._value, context)
        request = task.parameters(data, context) if task.parameters else data
        if not again:
            self._schedule(task, request, data, context)
        elif task.timeout and not task.waits_for_token:
            execution.rest_ms = self._now_ms + 1000 * task.timeout(data, context)
        self.call = Call(
            execution.id,
            execution.turn,
            task,
            request,
            execution.role,
            execution.arn,
            execution.machine,
            execution.place,
        )

    def _schedule(self, task: Task, request: Any, data: Any, context: Any) -> None:
        execution, now_ms = self.execution, self._now_ms
        text = compact(request)
        self._check_size(text, task.name)
        details: dict[str, Any] = {
            "resourceType": task.resource_type,
            "resource": task.resource,
            "region": execution.region,
        }
        self._rest(executions.CALLING, None)
        if task.timeout:
            seconds = task.timeout(data, context)
            details["timeoutInSeconds"] = seconds
            execution.rest_ms = now_ms + 1000 * seconds
        execution.beat_s = task.heartbeat(data, context) if task.heartbeat else None
        execution.beat_ms = None
        if execution.beat_s:
            details["heartbeatInSeconds"] = execution.beat_s
            execution.beat_ms = now_ms + 1000 * execution.beat_s
        self.log.add("TaskScheduled", now_ms, compact(details), text)
        self.log.add("TaskStarted", now_ms, task.task_details)

    def _settle(self, outcome: Outcome | None) -> None:
        execution = self.execution
        if outcome is None or execution.phase == executions.READY:
            return
        if isinstance(outcome, Due) and execution.limit_ms and execution.limit_ms <= self._now_ms:
            self._end(executions.TIMED_OUT)
            return
        state = self._definition.states[execution.state]
        try:
            self._settle_state(state, outcome)
        except StateFailure as failure:
            self._failed(state, self._explained(failure))

    def _settle_state(self, state: State, outcome: Outcome) -> None:
        if isinstance(state, Wait):
            context = self._context(state)
            data = self._value if state.input is None else state.input(self._value, context)
            self._exit(state, data, context, state.next)
            return
        if not isinstance(state, Task):
            return
        if isinstance(outcome, Again):
            self._attempt(state, again=True)
        elif isinstance(outcome, Result):
            self._succeeded(state, outcome)
        elif isinstance(outcome, Submitted):
            self.log.add("TaskSubmitted", self._now_ms, state.task_details, outcome.text)
            # The turn stays: the token is for it.
            self.execution.phase = executions.TOKEN
        elif isinstance(outcome, Failure):
            self._log_failure("TaskFailed", state, outcome)
            self._failed(state, outcome)
        elif self.execution.phase == executions.RETRYING:
            self._attempt(state)
        else:
            self._timed_out(state)

    def _succeeded(self, task: Task, result: Result) -> None:
        if is_too_large(result.text):
            cause = (
                f"The state/task '{task.resource_type}:{task.resource}' returned a result with a size exceeding the "
                "maximum number of bytes service limit."
            )
            self._settle_state(task, Failure(DATA_LIMIT_EXCEEDED, cause))
            return
        self.log.add("TaskSucceeded", self._now_ms, task.task_details, result.text)
        context = self._context(task)
        value = task.selector(result.value, context) if task.selector else result.value
        output = task.put(self._value, value) if task.put else self._value
        self._exit(task, output, context, task.next)

    def _timed_out(self, task: Task) -> None:
        execution = self.execution
        is_beat = execution.beat_ms is not None and execution.beat_ms <= self._now_ms
        is_over = execution.rest_ms is not None and execution.rest_ms <= self._now_ms
        if not (is_beat or is_over):
            return  # The clock was ahead of its time.
        error = TIMEOUT if is_over else HEARTBEAT_TIMEOUT
        failure = Failure(error, None)
        self._log_failure("TaskTimedOut", task, failure)
        self._failed(task, failure)

    def _log_failure(self, kind: str, task: Task, failure: Failure) -> None:
        resource = {"resourceType": task.resource_type, "resource": task.resource}
        self.log.add(kind, self._now_ms, compact({**resource, **_failure_fields(failure.error, failure.cause)}))

    # ---- Failures ----

    def _failed(self, state: State, failure: Failure) -> None:
        """What Retry and Catch make of a failure of a state."""
        if isinstance(state, Task) and (self._retries(state, failure.error) or self._catches(state, failure)):
            return
        self._end(executions.FAILED, failure.error, failure.cause)

    def _retries(self, task: Task, error: str) -> bool:
        number = retrier_of(task.retry, error)
        if number is None:
            return False
        execution, retrier = self.execution, task.retry[number]
        used = execution.retries or [0] * len(task.retry)
        if used[number] >= retrier.max_attempts:
            return False
        delay_ms = retrier.delay_ms(used[number], random.random())  # noqa: S311 - nothing is kept secret with it
        used[number] += 1
        execution.attempts = ",".join(map(str, used))
        execution.token = execution.beat_ms = execution.beat_s = None
        self._rest(executions.RETRYING, self._now_ms + delay_ms)
        return True

    def _catches(self, task: Task, failure: Failure) -> bool:
        catcher = next((catcher for catcher in task.catch if takes(catcher.errors, failure.error)), None)
        if catcher is None:
            return False
        value = {"Error": failure.error, "Cause": failure.cause or ""}
        try:
            output = catcher.put(self._value, value) if catcher.put else self._value
            self._exit(task, output, self._context(task), catcher.next)
        except StateFailure as second:
            explained = self._explained(second)
            self._end(executions.FAILED, explained.error, explained.cause)
        return True

    # ---- Rest and end ----

    def _rest(self, phase: str, until_ms: int | None) -> None:
        """From now on an outcome for an earlier turn is too late."""
        execution = self.execution
        if phase != executions.CALLING:
            execution.turn += 1
        execution.phase, execution.rest_ms = phase, until_ms

    def _end(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        execution = self.execution
        execution.status, execution.phase, execution.stop_ms = status, executions.ENDED, self._now_ms
        execution.error, execution.cause = error, cause
        execution.turn += 1
        execution.token = execution.rest_ms = execution.beat_ms = execution.beat_s = execution.limit_ms = None
        self.call = None
        fields = _failure_fields(error, cause)
        data_of = execution.key_of(execution.data_event) if status == executions.SUCCEEDED else None
        self.log.add(_END_EVENTS[status], self._now_ms, compact(fields) if fields else None, data_of=data_of)

    def _find_due(self) -> None:
        execution = self.execution
        if execution.stop_ms is not None:
            execution.due_ms = execution.stop_ms + KEPT_MS
            return
        times = (execution.limit_ms, execution.rest_ms, execution.beat_ms)
        execution.due_ms = min((time for time in times if time is not None), default=None)


_END_EVENTS = {
    executions.SUCCEEDED: "ExecutionSucceeded",
    executions.FAILED: "ExecutionFailed",
    executions.ABORTED: "ExecutionAborted",
    executions.TIMED_OUT: "ExecutionTimedOut",
}


def _failure_fields(error: str | None, cause: str | None) -> dict[str, str]:
    """As events have them. AWS leaves out what is not known."""
    return {name: text for name, text in (("error", error), ("cause", cause)) if text is not None}


def _chosen(choice: Choice, data: Any, context: Any) -> str:
    for rule, target in choice.rules:
        if rule(data, context):
            return target
    if choice.default is None:
        # The States Language calls it States.NoChoiceMatched, Step Functions does not.
        raise StateFailure(RUNTIME, "Failed to transition out of the state. The state does not point to a next state.")
    return choice.default
