"""Runs the Lambda functions of a stack, each in processes of its own.

server plugs Functions.invoke into moto_differences, and gateway calls it for HTTP. Calls workers and dependencies.
"""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from local import dependencies
from local.runtime_api import Invocation, Report
from local.stack import Function, Stack
from local.workers import Gone, Surroundings, Worker

_AT_ONCE = 4
_RESPONSE_LIMIT = 6_291_556

Answer = tuple[bytes, str | None]
Invoker = Callable[[str, str | None, bytes], Answer]


class Functions:
    """The functions of a stack. An invocation beyond a function's processes waits for one of them."""

    def __init__(self, stack: Stack, around: Surroundings) -> None:
        self._pools = {
            name: _Pool(function, stack.short_name(name), around) for name, function in stack.functions.items()
        }
        self._say = around.say

    def invoke(self, function_name: str, _qualifier: str | None, payload: bytes) -> Answer:
        """What Lambda's Invoke answers: the payload, and "Unhandled" if it is an error."""
        pool = self._pools[function_name]
        started = time.monotonic()
        answer = _answer(pool, payload)
        took = round((time.monotonic() - started) * 1000)
        self._say(f"{pool.label} {took} ms {_kind(answer)}")
        return answer

    def close(self) -> None:
        """Ends all processes, with whatever they are doing, and waits until they are gone."""
        for pool in self._pools.values():
            pool.close()


def _kind(answer: Answer) -> str:
    payload, error = answer
    if error is None:
        return "ok"
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return error


def _answer(pool: "_Pool", payload: bytes) -> Answer:
    invocation = Invocation(str(uuid.uuid4()), pool.arn, pool.function.timeout, payload)
    report = pool.run(invocation)
    prefix = f"RequestId: {invocation.request_id} Error: "
    match report.kind:
        case "response" if len(report.body) <= _RESPONSE_LIMIT:
            return report.body, None
        case "response":
            said = f"Response payload size exceeded maximum allowed payload size ({_RESPONSE_LIMIT} bytes)."
            return _error("Function.ResponseSizeTooLarge", said)
        case "error" | "init error":
            return report.body, "Unhandled"
        case "timeout":
            return _error("Sandbox.Timedout", f"{prefix}Task timed out after {invocation.timeout:.2f} seconds")
        case _:
            return _error("Runtime.ExitError", f"{prefix}{_exit(report.exit_code)}")


def _exit(code: int) -> str:
    if code == 0:
        return "Runtime exited without providing a reason"
    if code < 0:
        return (
            "Runtime exited with error: signal: killed" if code == -9 else f"Runtime exited with error: signal {-code}"
        )
    return f"Runtime exited with error: exit status {code}"


def _error(kind: str, message: str) -> Answer:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode(), "Unhandled"


class _Pool:
    """The processes of one function."""

    def __init__(self, function: Function, label: str, around: Surroundings) -> None:
        self.function, self.label = function, label
        self.arn = function.arn if function.version == "$LATEST" else f"{function.arn}:{function.version}"
        self._around = around
        # The API's callers that wait have processes beside those that answer everything else.
        waiting = int(function.environment.get("WAITING_CALLERS", "0"))
        self._places = threading.BoundedSemaphore(_AT_ONCE + waiting)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._code: object = None
        self._closed = False
        packages = [dependencies.folder_for(folder) for folder in (function.folder, *function.layers)]
        self._search_path = [function.folder, *filter(None, packages), *function.layers]

    def run(self, invocation: Invocation) -> Report:
        with self._places:
            while True:
                code = _state_of([self.function.folder, *self.function.layers])
                worker = self._take(code)
                if worker is None:
                    return Report("exit", exit_code=-9)
                try:
                    report = worker.invoke(invocation)
                except Gone:
                    self._drop(worker)
                    continue
                self._give_back(worker, code, report)
                return report

    def _take(self, code: object) -> Worker | None:
        with self._lock:
            if self._closed:
                return None
            if code != self._code:
                self._code, outdated = code, self._idle
                self._idle = []
                for worker in outdated:
                    self._end(worker)
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                self._end(worker)
            worker = Worker(self.function, self._search_path, self.label, self._around)
            self._all.add(worker)
            return worker

    def _give_back(self, worker: Worker, code: object, report: Report) -> None:
        usable = report.kind in ("response", "error")
        with self._lock:
            if usable and code == self._code and not self._closed:
                self._idle.append(worker)
                return
        self._drop(worker)

    def _drop(self, worker: Worker) -> None:
        with self._lock:
            self._end(worker)

    def _end(self, worker: Worker) -> None:
        worker.kill()
        self._all.discard(worker)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            workers = list(self._all)
            for worker in workers:
                worker.kill()
        for worker in workers:
            worker.wait()


def _state_of(folders: list[Path]) -> object:
    """Changes when a file of the code is changed, added or removed."""
    state = set()
    for folder in folders:
        for file in folder.rglob("*.py"):
            # An editor may have moved it away meanwhile.
            with contextlib.suppress(FileNotFoundError):
                stat = file.stat()
                state.add((file, stat.st_mtime_ns, stat.st_size))
    return state
