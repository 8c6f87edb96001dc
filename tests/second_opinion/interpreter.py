"""Executions of moto whose states another interpreter runs: aws-local-stepfunctions, in one process of Node.

moto still answers the API of Step Functions: it keeps the executions, their history and the task tokens.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackPoolManager,
)
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError, ProgramState
from moto.stepfunctions.parser.backend.execution import Execution

from local.moto_differences.engine import without_executions
from tests.second_opinion import resources
from tests.waiting import LIMIT_S

HERE = Path(__file__).parent


class Interpreter:
    """The process, and the executions that it runs."""

    def __init__(self, node: str) -> None:
        self._node = subprocess.Popen(  # noqa: S603  # the tests' own program
            [node, "interpreter.mjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lock = Lock()
        self._workers: dict[str, Worker] = {}
        Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        assert self._node.stdin and self._node.stdout
        self._node.stdin.close()
        self._node.wait(LIMIT_S)

    def run(self, worker: "Worker", definition: str, value: Any, context: dict[str, Any]) -> None:
        self._workers[worker.id] = worker
        self.say({"start": worker.id, "definition": definition, "input": value, "context": context})

    def say(self, message: dict[str, Any]) -> None:
        assert self._node.stdin
        with self._lock:
            self._node.stdin.write(json.dumps(message, default=str) + "\n")
            self._node.stdin.flush()

    def _listen(self) -> None:
        assert self._node.stdout
        with self._node.stdout as lines:
            for line in lines:
                message = json.loads(line)
                self._workers[message["execution"]].hear(message)


class Worker:
    """One execution: what moto expects of its own ExecutionWorker."""

    def __init__(self, execution: Execution, interpreter: Interpreter) -> None:
        self.id = execution.exec_arn
        self._execution, self._interpreter = execution, interpreter
        self._end: ProgramState | None = None
        self.env = SimpleNamespace(
            _program_state="started",
            program_state=lambda: self._end,
            states=SimpleNamespace(get_input=lambda: self._output),
            event_manager=EventManager(),
            event_history_context=EventHistoryContext.of_program_start(),
            callback_pool_manager=CallbackPoolManager({}),
            set_stop=lambda **_: interpreter.say({"stop": self.id}),
        )

    def start(self) -> None:
        execution = self._execution
        context = {
            "Execution": {"Id": execution.exec_arn, "Name": execution.name, "RoleArn": execution.role_arn},
            "StateMachine": {"Id": execution.state_machine.arn, "Name": execution.state_machine.name},
        }
        self._interpreter.run(self, execution.state_machine.definition, execution.input_data, context)

    def hear(self, message: dict[str, Any]) -> None:
        if "task" in message:
            details = {"resource": message["resource"].rpartition(":")[2], "timeoutInSeconds": message["timeout"]}
            self._note("TaskScheduled", {"taskScheduledEventDetails": details})
            Thread(target=self._do, args=(message,), daemon=True).start()
            return
        for endpoint in list(self.env.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()  # whoever was waiting waits no more
        if "entered" in message:
            details = {"stateEnteredEventDetails": {"name": message["entered"]}}
            self._note(f"{message['type']}StateEntered", details)
            return
        if self._execution.status != "RUNNING":
            return  # it was stopped
        self._output = message.get("output")
        failed = {"error": message.get("error"), "cause": message.get("cause")}
        self._end = ProgramError(failed) if "error" in message else ProgramEnded()
        self._execution._get_start_execution_worker_comm().terminated()

    def _do(self, message: dict[str, Any]) -> None:
        """What the resource of a Task does, and with waitForTaskToken the wait for who has the token."""
        answer = {"answer": message["task"]}
        try:
            if not message["resource"].endswith(".waitForTaskToken"):
                self._interpreter.say({**answer, "result": resources.do(message["resource"], message["parameters"])})
                return
            endpoint = self.env.callback_pool_manager.add(message["token"])
            resources.do(message["resource"], message["parameters"])
            match endpoint.wait():
                case CallbackOutcomeSuccess() as outcome:
                    self._interpreter.say({**answer, "result": json.loads(outcome.output)})
                case CallbackOutcomeFailure() as outcome:
                    self._interpreter.say({**answer, "error": outcome.error, "cause": outcome.cause})
        except resources.TaskFailed as failed:
            self._interpreter.say({**answer, "error": failed.name, "cause": failed.cause})

    def _note(self, kind: Any, details: Any) -> None:
        self.env.event_manager.add_event(self.env.event_history_context, kind, details)


@contextmanager
def running_executions(interpreter: Interpreter) -> Iterator[None]:
    """Inside, whatever execution is started is moto's, and run by this interpreter."""
    own = Execution._get_start_execution_worker
    Execution._get_start_execution_worker = lambda execution: Worker(execution, interpreter)  # type: ignore[assignment, return-value, method-assign]
    try:
        with without_executions():
            yield
    finally:
        Execution._get_start_execution_worker = own  # type: ignore[method-assign]
