"""An engine goes on with what another one has left in the store: its process was killed, or it was stopped."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.deploy import deploy
from local.engine.engine import Engine
from local.engine.errors import ServiceError
from local.engine.machines.tasks import Done
from local.engine.place import Place
from local.engine.store import Store

FIXTURE = Path(__file__).parents[2] / "local_template" / "template.yaml"
PLACE = Place("123456789012", "us-east-1")
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:interlude-machine"
EXECUTION = MACHINE.replace(":stateMachine:", ":execution:") + ":mine"
HOUR_MS = 3_600_000


class Process:
    """An engine, and the functions that it has called and not heard of yet."""

    def __init__(self, store: Store, *, passed_ms: int = 0) -> None:
        self.called: list[tuple[str, Any, Done]] = []
        self.engine = Engine(store, self._invoke, lambda _changes: None, lambda _ended: None)
        self.passed_ms = passed_ms
        now_ms = self.engine.clock.now_ms
        self.engine.clock.now_ms = lambda: now_ms() + self.passed_ms  # type: ignore[method-assign]

    def tick(self) -> None:
        """What is due by now happens."""
        self.engine.machines._runner._on_time()

    def _invoke(self, name: str, _version: str | None, payload: bytes, done: Done) -> None:
        self.called.append((name, json.loads(payload), done))

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        answer = self.engine.machines.answer(operation, request, PLACE)
        assert answer is not None
        return answer

    def start(self) -> None:
        text = json.dumps({"do": "nothing", "seconds": 0})
        self.ask("StartExecution", stateMachineArn=MACHINE, name="mine", input=text)

    @property
    def status(self) -> str:
        return str(self.ask("DescribeExecution", executionArn=EXECUTION)["status"])

    @property
    def events(self) -> list[str]:
        return [each["type"] for each in self.ask("GetExecutionHistory", executionArn=EXECUTION)["events"]]

    def finish(self) -> None:
        """The one function that was called comes back."""
        [(_, _, done)] = self.called
        done(b'"done"', None)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


@contextmanager
def stack() -> Iterator[None]:
    """What moto has while a server runs."""
    with mock_aws():
        deploy(FIXTURE, "http://127.0.0.1:3000")
        yield


@contextmanager
def stack_and(machine: str) -> Iterator[None]:
    """The stack, and a state machine that waits before it calls a function."""
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 60, "End": True}
    states = {
        "Wait": {"Type": "Wait", "Seconds": 600, "Next": "Call"},
        "Call": {**call, "Parameters": {"FunctionName": "interlude-step"}},
    }
    definition = json.dumps({"StartAt": "Wait", "States": states})
    with stack():
        client = boto3.client("stepfunctions", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.create_state_machine(
            name=machine, definition=definition, roleArn="arn:aws:iam::123456789012:role/of-nobody"
        )
        yield


def test_a_function_that_was_called_is_called_again(store: Store):
    """With the same payload, and in full time again: the hours in which no server ran are none of the step's."""
    with stack():
        killed = Process(store)
        killed.start()
        again = Process(store, passed_ms=HOUR_MS)

        assert again.engine.begin() == {}
        again.tick()
        again.finish()

        assert [call[:2] for call in again.called] == [call[:2] for call in killed.called]
        assert again.status == "SUCCEEDED"
        assert again.events.count("TaskScheduled") == 1
        again.engine.close()


def test_what_comes_back_while_the_server_ends_is_no_outcome(store: Store):
    """Its processes are killed, and that is no failure of a step."""
    with stack():
        stopped = Process(store)
        stopped.start()
        stopped.engine.close()
        for _, _, done in stopped.called:
            done(ServiceError("Runtime.ExitError", "killed"), None)

        again = Process(store)
        assert again.status == "RUNNING"
        again.engine.begin()
        again.finish()
        assert again.status == "SUCCEEDED"
        again.engine.close()


def test_executions_of_a_state_machine_that_is_gone_rest_until_it_is_back(store: Store):
    """They can be looked at, call nothing, and no time passes for them."""
    with stack():
        Process(store).start()
    with mock_aws():
        without = Process(store, passed_ms=HOUR_MS)
        assert without.engine.begin() == {MACHINE: 1}
        without.tick()
        assert (without.called, without.status) == ([], "RUNNING")
        without.engine.close()
    with stack():
        again = Process(store, passed_ms=2 * HOUR_MS)
        assert again.engine.begin() == {}
        again.finish()
        assert again.status == "SUCCEEDED"
        again.engine.close()


def test_an_execution_rests_before_the_task_that_it_comes_to(store: Store):
    """A wait that is over while the state machine is gone leads to the next task, which is called once it is back."""
    later = MACHINE.replace("interlude-machine", "later")
    with stack_and("later"):
        process = Process(store)
        process.ask("StartExecution", stateMachineArn=later, name="mine", input="{}")
    with mock_aws():
        without = Process(store, passed_ms=HOUR_MS)
        assert without.engine.begin() == {later: 1}
        without.tick()
        without.passed_ms += HOUR_MS
        without.tick()
        assert without.called == []
        without.engine.close()
    with stack_and("later"):
        again = Process(store, passed_ms=2 * HOUR_MS)
        again.engine.begin()
        assert [name for name, _, _ in again.called] == ["interlude-step"]
        again.engine.close()
