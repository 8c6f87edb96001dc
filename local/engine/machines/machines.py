"""The API of Step Functions about executions. Calls runner, executions, history, definition, control_plane.

State machines themselves are moto's. What is about one that the engine does not run is moto's, too.
"""

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local.engine.clock import Clock
from local.engine.errors import ServiceError
from local.engine.machines import executions
from local.engine.machines.control_plane import ControlPlane, Machine
from local.engine.machines.definition import can_run, compiled
from local.engine.machines.executions import Event, Execution, Executions
from local.engine.machines.history import shown
from local.engine.machines.runner import Ended, Runner
from local.engine.machines.tasks import Invoke, Operation, Tasks
from local.engine.machines.text import MAX_BYTES, compact, is_too_large, parse
from local.engine.machines.transition import Failure, Outcome, Result
from local.engine.place import Place
from local.engine.store import Store

_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_MAX_NAME = 80
_MAX_ERROR, _MAX_CAUSE = 256, 32_768
_MAX_PAGE, _DEFAULT_PAGE = 1000, 100

Answer = dict[str, Any]


class Machines:
    """Executions of state machines, in a store.

    `operations` are those that tasks may call, by IAM's prefixes of their services; "states" is this one. `invoke`
    calls functions. `on_end` hears of each execution that has ended, in the transaction that it ends in. `control` has
    state machines and functions.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        operations: Mapping[str, Operation],
        invoke: Invoke,
        on_end: Callable[[Ended], None],
        control: ControlPlane,
    ) -> None:
        self._store, self._clock, self._control = store, clock, control
        self._rows = Executions(store)
        tasks = Tasks({**operations, "states": self.answer}, invoke, control)
        self._runner = Runner(store, clock, self._rows, tasks, on_end)
        self._operations: dict[str, Callable[[dict[str, Any], Place], Answer | None]] = {
            "StartExecution": self._start,
            "StopExecution": self._stop,
            "DescribeExecution": self._describe,
            "DescribeStateMachineForExecution": self._describe_machine,
            "ListExecutions": self._list,
            "GetExecutionHistory": self._history,
            "SendTaskSuccess": self._send_success,
            "SendTaskFailure": self._send_failure,
            "SendTaskHeartbeat": self._send_heartbeat,
        }

    def answer(self, operation: str, request: dict[str, Any], place: Place) -> Answer | None:
        """What the API answers; None leaves it to moto. Raises ServiceError."""
        do = self._operations.get(operation)
        return do(request, place) if do else None

    def resume(self) -> dict[str, int]:
        """Goes on with what ran when the store was last closed.

        Returns which state machines are not there any more, with how many executions of theirs rest until they are.
        """
        resting = {
            arn: count
            for *place, arn, count in self._rows.running()
            if not self._control.machine_of(Place(*place), arn)
        }
        self._runner.resume(frozenset(resting))
        return resting

    def close(self) -> None:
        """Takes no outcome of a task any more."""
        self._runner.close()

    def machine_of_token(self, token: str) -> str | None:
        """The ARN of the state machine that waits, or has waited, for a token."""
        found = self._rows.by_token(token)
        return found[0].machine if found else None

    def delete_machine(self, arn: str) -> None:
        """Executions go with their state machine."""
        with self._store.transaction():
            self._rows.delete_of(arn)

    def forget(self) -> None:
        """Deletes all executions."""
        with self._store.transaction():
            self._rows.delete_all()
        self._runner.forget_definitions()

    # ---- Executions ----

    def _start(self, request: dict[str, Any], place: Place) -> Answer | None:
        machine = self._control.machine_of(place, request["stateMachineArn"])
        if machine is None or machine.type != "STANDARD" or not can_run(machine.definition):
            return None
        name = _checked_name(request.get("name"))
        text = _checked_input(request.get("input", "{}"))
        arn = f"{machine.arn.split(':stateMachine:')[0]}:execution:{machine.name}:{name}"
        with self._store.transaction():
            taken = self._rows.by_arn(arn)
            if taken is not None:
                return self._started_before(taken, text)
            execution = self._new(machine, place, arn, name, text)
            call = self._runner.change(execution, lambda transition: transition.run(None))
        self._runner.perform(call)
        return {"executionArn": arn, "startDate": execution.start_ms / 1000}

    def _new(self, machine: Machine, place: Place, arn: str, name: str, text: str) -> Execution:
        now_ms = self._clock.now_ms()
        definition = compiled(machine.definition)
        execution = Execution(
            id=0,
            arn=arn,
            account=place.account,
            region=place.region,
            machine=machine.arn,
            machine_name=machine.name,
            name=name,
            definition=self._rows.definition_id(machine.definition),
            role=machine.role,
            status=executions.RUNNING,
            start_ms=now_ms,
            stop_ms=None,
            error=None,
            cause=None,
            state=definition.start,
            entered_ms=now_ms,
            entered_event=0,
            phase=executions.READY,
            turn=1,
            token=None,
            limit_ms=now_ms + 1000 * definition.timeout_s if definition.timeout_s else None,
            rest_ms=None,
            beat_ms=None,
            beat_s=None,
            due_ms=None,
            attempts="",
            events=1,
            data_event=1,
        )
        self._rows.insert(execution)
        details = compact({"roleArn": machine.role})
        self._rows.add_events([Event(execution.key_of(1), "ExecutionStarted", now_ms, 0, details, text, None)])
        return execution

    def _started_before(self, execution: Execution, text: str) -> Answer:
        if execution.status == executions.RUNNING and self._rows.input(execution) == text:
            return {"executionArn": execution.arn, "startDate": execution.start_ms / 1000}
        raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{execution.arn}'")

    def _stop(self, request: dict[str, Any], _place: Place) -> Answer | None:
        error, cause = _checked_failure(request)
        with self._store.transaction():
            execution = self._known(request)
            if execution is None:
                return None
            if execution.status == executions.RUNNING:
                self._runner.change(execution, lambda transition: transition.stop(error, cause))
        return {"stopDate": (execution.stop_ms or 0) / 1000}

    def _describe(self, request: dict[str, Any], _place: Place) -> Answer | None:
        execution = self._known(request)
        if execution is None:
            return None
        answer = {
            **_summary(execution),
            "input": self._rows.input(execution),
            "inputDetails": {"included": True},
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
        }
        if execution.status == executions.SUCCEEDED:
            answer["output"] = self._rows.data(execution)
            answer["outputDetails"] = {"included": True}
        failure = {"error": execution.error, "cause": execution.cause}
        return {**answer, **{key: text for key, text in failure.items() if text is not None}}

    def _describe_machine(self, request: dict[str, Any], _place: Place) -> Answer | None:
        execution = self._known(request)
        if execution is None:
            return None
        return {
            "stateMachineArn": execution.machine,
            "name": execution.machine_name,
            "definition": self._rows.definition(execution.definition),
            "roleArn": execution.role,
            "updateDate": execution.start_ms / 1000,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
            "tracingConfiguration": {"enabled": False},
        }

    def _list(self, request: dict[str, Any], place: Place) -> Answer | None:
        machine = self._control.machine_of(place, request.get("stateMachineArn", ""))
        if machine is None or not (can_run(machine.definition) or self._rows.has_any(machine.arn)):
            return None
        limit, after = _page(request)
        before = (after[0], after[1]) if after else None
        found = self._rows.listed(machine.arn, request.get("statusFilter"), before, limit + 1)
        answer: Answer = {"executions": [_summary(execution) for execution in found[:limit]]}
        if len(found) > limit:
            answer["nextToken"] = _page_token(found[limit - 1].start_ms, found[limit - 1].id)
        return answer

    def _history(self, request: dict[str, Any], _place: Place) -> Answer | None:
        execution = self._known(request)
        if execution is None:
            return None
        limit, after = _page(request)
        reverse = bool(request.get("reverseOrder"))
        begin = after[0] if after else (execution.events + 1 if reverse else 0)
        events = self._rows.history(execution, begin, limit, reverse=reverse)
        with_data = request.get("includeExecutionData", True)
        answer: Answer = {"events": [shown(event, with_data=with_data) for event in events]}
        if events and events[-1].id != (1 if reverse else execution.events):
            answer["nextToken"] = _page_token(events[-1].id)
        return answer

    def _known(self, request: dict[str, Any]) -> Execution | None:
        """The execution that a request names; None for what is not here."""
        return self._rows.by_arn(request.get("executionArn", ""))

    # ---- Task tokens ----

    def _send_success(self, request: dict[str, Any], _place: Place) -> Answer | None:
        text = request.get("output", "")
        _check_length("output", text, MAX_BYTES)
        try:
            value = parse(text)
        except ValueError as error:
            raise ServiceError("InvalidOutput", f"Invalid Output: '{error}'") from None
        return self._send(request, Result(value, text))

    def _send_failure(self, request: dict[str, Any], _place: Place) -> Answer | None:
        error, cause = _checked_failure(request)
        return self._send(request, Failure(error or "", cause))

    def _send(self, request: dict[str, Any], outcome: Outcome) -> Answer | None:
        with self._store.transaction():
            execution = self._waiting(request)
            if execution is None:
                return None
            call = self._runner.change(execution, lambda transition: transition.run(outcome))
        self._runner.perform(call)
        return {}

    def _send_heartbeat(self, request: dict[str, Any], _place: Place) -> Answer | None:
        with self._store.transaction():
            execution = self._waiting(request)
            if execution is None:
                return None
            self._runner.change(execution, lambda transition: transition.beat())
        return {}

    def _waiting(self, request: dict[str, Any]) -> Execution | None:
        """The execution that waits for a token. Raises ServiceError where it does so no more."""
        found = self._rows.by_token(request.get("taskToken", ""))
        if found is None:
            return None
        execution, turn = found
        if execution.turn != turn:
            raise ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return execution


def _summary(execution: Execution) -> Answer:
    answer: Answer = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_ms / 1000,
    }
    if execution.stop_ms is not None:
        answer["stopDate"] = execution.stop_ms / 1000
    return answer


def _checked_name(name: str | None) -> str:
    if name is None:
        return str(uuid.uuid4())
    if len(name) > _MAX_NAME:
        _check_length("name", name, _MAX_NAME)
    if not _NAME.fullmatch(name):
        raise ServiceError("InvalidName", f"Invalid Name: '{name}'")
    return name


def _checked_input(text: str) -> str:
    _check_length("input", text, MAX_BYTES)
    try:
        parse(text)
    except ValueError as error:
        raise ServiceError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
    return text


def _checked_failure(request: dict[str, Any]) -> tuple[str | None, str | None]:
    error, cause = request.get("error"), request.get("cause")
    _check_length("error", error or "", _MAX_ERROR)
    _check_length("cause", cause or "", _MAX_CAUSE)
    return error, cause


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most or (most == MAX_BYTES and is_too_large(text)):
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must have length "
            f"less than or equal to {most}",
        )


def _page(request: dict[str, Any]) -> tuple[int, list[int]]:
    """How many to answer, and the numbers after which they begin."""
    limit = request.get("maxResults") or _DEFAULT_PAGE
    if not 0 < limit <= _MAX_PAGE:
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{limit}' at 'maxResults' failed to satisfy constraint: Member must "
            f"have value less than or equal to {_MAX_PAGE}",
        )
    token = request.get("nextToken")
    if token is None:
        return limit, []
    try:
        return limit, [int(number) for number in base64.b64decode(token, validate=True).split(b".")]
    except (binascii.Error, ValueError):
        raise ServiceError("InvalidToken", f"Invalid Token: '{token}'") from None


def _page_token(*numbers: int) -> str:
    return base64.b64encode(".".join(map(str, numbers)).encode()).decode()
