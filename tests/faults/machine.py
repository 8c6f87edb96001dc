"""Step Functions as a schedule drives it: the project's own state machine, state after state, without threads or time.

Executions are plain data, so that a world can be put back. What a state does outside goes through the clients that the
product uses, and so is a call that others may come before and that may fail. A timer ends when the driver says so.
"""

import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from interlude import clock
from interlude.aws.clients import client
from tests.faults.expressions import filled, found, holds, placed

REGION = "arn:aws:states:us-east-1:123456789012"
TOKEN_TASK = ".waitForTaskToken"
RETRIES = 6
"""More than any schedule fails."""


class TaskFailed(Exception):
    """What a task has failed with, as Retry and Catch look at it. `for_good`: also whenever it was tried again."""

    def __init__(self, error: str, cause: str = "", *, for_good: bool = False) -> None:
        self.error, self.cause, self.for_good = error, cause, for_good
        super().__init__(error)


@dataclass
class Execution:
    arn: str
    name: str
    workflow: str
    given: Any
    started_ms: int
    state: str
    data: Any
    status: str = "RUNNING"
    rests: bool = False
    """In Delay or Park, until somebody or the timer ends that."""
    token: str = ""
    told: tuple[str, str] | None = None
    """What ended the task of this token: its error and cause, both empty for a success."""
    until_ms: int = 0
    error: str = ""
    cause: str = ""
    ended_ms: int = 0
    entered: list[str] = field(default_factory=list)

    @property
    def machine(self) -> str:
        return f"{REGION}:stateMachine:interlude-{self.workflow}"


class Machines:
    """The state machines of a stack and their executions. `ended` is called with each that ends badly."""

    def __init__(self, invoke: Callable[[dict[str, Any]], Any], ended: Callable[[Execution], None]) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}
        self.executions: dict[str, Execution] = {}
        self.tokens = itertools.count(1)
        self.invoke, self._ended = invoke, ended

    def start(self, workflow: str, name: str, given: Any) -> Execution:
        arn = f"{REGION}:execution:interlude-{workflow}:{name}"
        first = self.definitions[workflow]["StartAt"]
        execution = Execution(arn, name, workflow, given, clock.now_ms(), state=first, data=given)
        self.executions[arn] = execution
        return execution

    def stop(self, execution: Execution, error: str = "", cause: str = "") -> None:
        if execution.status == "RUNNING":
            self._end(execution, "ABORTED", error, cause)

    def tell(self, token: str, error: str = "", cause: str = "") -> bool:
        """Ends the task of a token. False where that has ended already."""
        for execution in self.executions.values():
            if execution.token == token and execution.status == "RUNNING" and execution.told is None:
                execution.told, execution.rests = (error, cause), False
                return True
        return False

    def time_out(self, execution: Execution) -> None:
        """The timer of an execution that rests ends."""
        if execution.rests:
            execution.rests = False
            execution.told = ("States.Timeout", "") if execution.token else None

    def advance(self, execution: Execution, until: str = "") -> None:
        """Goes on until the execution rests, has ended, or is about to begin a state."""
        while execution.status == "RUNNING" and not execution.rests and execution.state != until:
            state = self.definitions[execution.workflow]["States"][execution.state]
            getattr(self, f"_{state['Type'].lower()}")(execution, state)

    def _choice(self, execution: Execution, state: dict[str, Any]) -> None:
        chosen = (rule["Next"] for rule in state["Choices"] if holds(rule, execution.data))
        self._go(execution, next(chosen, state.get("Default")))

    def _wait(self, execution: Execution, state: dict[str, Any]) -> None:
        if execution.until_ms:
            execution.until_ms = 0
            self._go(execution, state["Next"])
            return
        execution.until_ms = clock.now_ms() + 1000 * found(state["SecondsPath"], execution.data)
        execution.rests = True

    def _fail(self, execution: Execution, state: dict[str, Any]) -> None:
        told = [
            str(found(state[f"{name}Path"], execution.data)) if f"{name}Path" in state else state[name]
            for name in ("Error", "Cause")
        ]
        self._end(execution, "FAILED", *told)

    def _succeed(self, execution: Execution, _state: dict[str, Any]) -> None:
        self._end(execution, "SUCCEEDED")

    def _task(self, execution: Execution, state: dict[str, Any]) -> None:
        if execution.told is None:
            self._tried(execution, state)
        if execution.status != "RUNNING" or execution.told is None:
            return
        (error, cause), execution.told, execution.token = execution.told, None, ""
        if not error:
            self._go(execution, state["Next"])
            return
        for each in state.get("Catch", []):
            if error in each["ErrorEquals"] or "States.ALL" in each["ErrorEquals"]:
                told = {"Error": error, "Cause": cause}
                execution.data = placed(execution.data, each["ResultPath"], told)
                self._go(execution, each["Next"])
                return
        self._end(execution, "FAILED", error, cause)

    def _tried(self, execution: Execution, state: dict[str, Any]) -> None:
        """Does what a task does, again as its Retry says. Leaves in `told` how it ended, if it has."""
        tries: Counter[int] = Counter()
        while True:
            try:
                result = self._done(execution, state)
            except TaskFailed as failed:
                if execution.status != "RUNNING":
                    return
                if not failed.for_good and self._is_tried_again(state, failed.error, tries):
                    continue
                execution.told = execution.told or (failed.error, failed.cause)
                return
            if execution.status != "RUNNING":
                return
            if state["Resource"].endswith(TOKEN_TASK):
                execution.rests = execution.told is None
            else:
                execution.data = placed(execution.data, state.get("ResultPath", "$"), result)
                execution.told = ("", "")
            return

    def _is_tried_again(self, state: dict[str, Any], error: str, tries: Counter[int]) -> bool:
        for number, each in enumerate(state.get("Retry", [])):
            if error in each["ErrorEquals"] or "States.ALL" in each["ErrorEquals"]:
                tries[number] += 1
                return bool(tries[number] <= min(each["MaxAttempts"], RETRIES))
        return False

    def _done(self, execution: Execution, state: dict[str, Any]) -> Any:
        """What a task's service answers, as its ResultSelector wants it. Raises TaskFailed."""
        resource = state["Resource"].removeprefix("arn:aws:states:::")
        if resource.endswith(TOKEN_TASK):
            execution.token = f"token-{next(self.tokens)}"
            execution.until_ms = clock.now_ms() + 1000 * found(state["TimeoutSecondsPath"], execution.data)
        context = self._context(execution)
        given = filled(state["Parameters"], execution.data, context, self._uuid)
        services = {
            "dynamodb:putItem": ("DynamoDB", lambda: client("dynamodb").put_item(**given)),
            "dynamodb:updateItem": ("DynamoDB", lambda: client("dynamodb").update_item(**given)),
            f"aws-sdk:dynamodb:updateItem{TOKEN_TASK}": ("DynamoDb", lambda: client("dynamodb").update_item(**given)),
            "lambda:invoke": ("Lambda", lambda: {"Payload": self.invoke(given["Payload"])}),
            "states:startExecution": (
                "StepFunctions",
                lambda: client("stepfunctions").start_execution(
                    stateMachineArn=given["StateMachineArn"], name=given["Name"], input=json.dumps(given["Input"])
                ),
            ),
        }
        name, do = services[resource]
        try:
            answer = do()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            kind = code if code.endswith("Exception") else f"{code}Exception"
            raise TaskFailed(f"{name}.{kind}", str(error)) from None
        return filled(state["ResultSelector"], answer, context, self._uuid) if "ResultSelector" in state else answer

    def _uuid(self) -> str:
        return f"uuid-{next(self.tokens)}"

    def _context(self, execution: Execution) -> dict[str, Any]:
        started = clock.iso(execution.started_ms)
        return {
            "Execution": {"Id": execution.arn, "Name": execution.name, "Input": execution.given, "StartTime": started},
            "State": {"EnteredTime": clock.iso(clock.now_ms()), "Name": execution.state},
            "StateMachine": {"Id": execution.machine},
            "Task": {"Token": execution.token},
        }

    def _go(self, execution: Execution, state: str) -> None:
        execution.state = state
        execution.entered.append(state)

    def _end(self, execution: Execution, status: str, error: str = "", cause: str = "") -> None:
        execution.status, execution.error, execution.cause = status, error, cause
        execution.rests, execution.ended_ms = False, clock.now_ms()
        if status != "SUCCEEDED":
            self._ended(execution)
