"""The engine's executions with a clock, functions and a table of the test's own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.engine.clock import Action, Clock, Timer
from local.engine.errors import ServiceError
from local.engine.machines import Ended, Machines
from local.engine.machines.control_plane import Machine
from local.engine.machines.tasks import Done
from local.engine.place import Place
from local.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = Place("123456789012", "us-east-1")
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
ROLE = "arn:aws:iam::123456789012:role/of-nobody"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f:1"
START_MS = 1_764_000_000_000


class HandClock(Clock):
    """Stands still until a test moves it, and runs what is due in the test's own thread."""

    def __init__(self) -> None:
        super().__init__()
        self.ms = START_MS
        self.waiting: list[Timer] = []

    def now_ms(self) -> int:
        return self.ms

    def at(self, due_ms: int, action: Action) -> Timer:
        timer = Timer(due_ms, next(self._numbers), action)
        self.waiting.append(timer)
        return timer

    def advance(self, ms: int) -> None:
        """Moves on, and stops at each timer on the way."""
        end_ms = self.ms + ms
        while due := [timer for timer in self.waiting if timer.due_ms <= end_ms]:
            timer = min(due)
            self.waiting.remove(timer)
            self.ms = max(self.ms, timer.due_ms)
            if timer.action:
                timer.action()
        self.ms = end_ms


stages: list["Stage"] = []
"""Those that a test has made, and closes at its end."""


class Stage:
    """One state machine, m, and its executions. A second stage on one file is what a restart makes."""

    def __init__(self, definition: dict[str, Any], path: Path | None = None, clock: HandClock | None = None) -> None:
        stages.append(self)
        self.clock = clock or HandClock()
        self.store = Store(path)
        self.machine: Machine | None = Machine(ARN, "m", json.dumps(definition), ROLE, "STANDARD")
        self.calls: list[tuple[Any, Done]] = []
        """The payloads of calls of functions, each with what it is answered by."""
        self.requests: list[tuple[str, dict[str, Any]]] = []
        """What DynamoDB was asked for."""
        self.dynamodb: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda operation, request: {}
        self.ended: list[Ended] = []
        self.moto_started: list[dict[str, Any]] = []
        self.machines = Machines(
            self.store, self.clock, {"dynamodb": self._dynamodb}, self._invoke, self.ended.append, self
        )

    # ---- What the engine calls ----

    def _dynamodb(self, operation: str, request: dict[str, Any], _place: Place) -> dict[str, Any]:
        self.requests.append((operation, request))
        return self.dynamodb(operation, request)

    def _invoke(self, name: str, version: str | None, payload: bytes, done: Done) -> None:
        assert (name, version) == ("f", "1")
        self.calls.append((json.loads(payload), done))

    def machine_of(self, _place: Place, arn: str) -> Machine | None:
        return self.machine if arn == ARN else None

    def function_of(self, _place: Place, name: str, qualifier: str | None) -> tuple[str, str]:
        if name != FUNCTION:
            raise ServiceError("ResourceNotFoundException", f"Function not found: {name}")
        return "f", qualifier or "1"

    def start_execution(self, _place: Place, request: dict[str, Any]) -> dict[str, Any]:
        self.moto_started.append(request)
        return {"executionArn": "arn:of:moto", "startDate": 1.5}

    # ---- What a test does ----

    def ask(self, operation: str, **request: Any) -> Any:
        return self.machines.answer(operation, request, PLACE)

    def start(self, given: Any = None, name: str = "e") -> str:
        text = json.dumps({} if given is None else given)
        return str(self.ask("StartExecution", stateMachineArn=ARN, name=name, input=text)["executionArn"])

    def answer(self, value: Any = None, number: int = -1) -> None:
        """A function that was called answers."""
        self.calls[number][1](json.dumps(value).encode(), None)

    def fail(self, error: str, number: int = -1) -> None:
        """A function that was called raises."""
        self.calls[number][1](json.dumps({"errorType": error, "errorMessage": "why"}).encode(), "Unhandled")

    def describe(self, execution: str) -> dict[str, Any]:
        return dict(self.ask("DescribeExecution", executionArn=execution))

    def status(self, execution: str) -> str:
        return str(self.describe(execution)["status"])

    def output(self, execution: str) -> Any:
        described = self.describe(execution)
        assert described["status"] == "SUCCEEDED", described
        return json.loads(described["output"])

    def failure(self, execution: str) -> tuple[str, str]:
        described = self.describe(execution)
        assert described["status"] == "FAILED", described
        return described.get("error", ""), described.get("cause", "")

    def history(self, execution: str) -> list[dict[str, Any]]:
        events = self.ask("GetExecutionHistory", executionArn=execution, maxResults=1000)["events"]
        return [dict(event) for event in events]

    def types(self, execution: str) -> list[str]:
        return [event["type"] for event in self.history(execution)]


def one(state: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    """A definition whose first state is this one."""
    return {"StartAt": "One", "States": {"One": state, **others}}


CALL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": FUNCTION, "Payload.$": "$"},
    "ResultSelector": {"answer.$": "$.Payload"},
    "End": True,
}
PARK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken",
    "Parameters": {"TableName": "t", "Item": {"token": {"S.$": "$$.Task.Token"}}},
    "TimeoutSeconds": 60,
    "End": True,
}
WAIT = {"Type": "Wait", "Seconds": 60, "End": True}
