"""Runs the Lambda functions of a stack, each in processes of its own.

server gives Functions to gateway and engine, and plugs them into moto_differences. Calls pools and dependencies.
"""

import asyncio
import json
import time
import uuid
from collections import deque
from collections.abc import Callable
from pathlib import Path

from local import dependencies
from local.code import Code
from local.event_loop import EventLoop
from local.invocations import Answer, Done, blocking
from local.pools import Pool
from local.processes import Processes
from local.runtime_api import Invocation, Report
from local.stack import Function, Stack
from local.workers import KILLED, Surroundings

_AT_ONCE = 4
_RESPONSE_LIMIT = 6_291_556
_YIELD_SECONDS = 1
"""So long a step gives way to requests that wait: a burst of them is accepted first."""
_LAYER_AGE_S = 0.05
"""A look at a layer is as good for a step that follows a request, which has looked itself."""


class Functions:
    """The functions of a stack. An invocation beyond a function's processes waits for one of them."""

    def __init__(self, stack: Stack, around: Surroundings, loop: EventLoop) -> None:
        self._stack, self._around, self._loop = stack, around, loop
        self._processes = loop.run(_make_processes())
        self._answering = {route.function for route in stack.routes}
        code: dict[Path, Code] = {}
        self._pools = {name: self._pool(function, code) for name, function in stack.functions.items()}
        self._doors = [pool for name, pool in self._pools.items() if name in self._answering]
        self._yielding: deque[tuple[float, Callable[[], None]]] = deque()
        """What runs steps, while requests wait: until when, by the monotonic clock."""

    def start(self, function_name: str, _qualifier: str | None, payload: bytes, done: Done) -> None:
        """Invokes a function, and comes back at once. `done` gets what Lambda's Invoke answers, in the event loop."""
        function = self._stack.functions.get(function_name)
        if function is None:
            done(*_error("Local.NoCode", f"The template has no function {function_name}, so its code is not here."))
            return
        pool = self._pools[function_name]
        arn = function.arn if function.version == "$LATEST" else f"{function.arn}:{function.version}"
        invocation = Invocation(str(uuid.uuid4()), arn, function.timeout, payload)
        started = time.monotonic()

        def answer(report: Report) -> None:
            payload, error = _answer(invocation, report)
            took = round((time.monotonic() - started) * 1000)
            self._around.say(f"{self._stack.short_name(function_name)} {took} ms {_kind(payload, error)}")
            done(payload, error)
            self._go_on()

        if not self._loop.soon(self._submit, pool, invocation, answer):
            answer(KILLED)

    def invoke(self, function_name: str, qualifier: str | None, payload: bytes) -> Answer:
        """Invokes a function and waits for the answer. Not for the event loop's own thread."""
        return blocking(self.start)(function_name, qualifier, payload)

    def start_ahead(self) -> None:
        """Starts a process of each function that answers requests, before the first one comes."""
        for name in self._answering & self._pools.keys():
            self._loop.soon(self._pools[name].start_ahead)

    def close(self) -> None:
        """Ends all processes, with whatever they are doing, and waits until they are gone."""
        self._loop.run(self._close())

    def _submit(self, pool: Pool, invocation: Invocation, done: Callable[[Report], None]) -> None:
        if pool in self._doors or not self._has_line_at_a_door():
            pool.submit(invocation, done)
            return
        until = time.monotonic() + _YIELD_SECONDS
        self._yielding.append((until, lambda: pool.submit(invocation, done)))
        asyncio.get_running_loop().call_later(_YIELD_SECONDS, self._go_on)

    def _has_line_at_a_door(self) -> bool:
        return any(pool.has_line for pool in self._doors)

    def _go_on(self) -> None:
        while self._yielding:
            until, submit = self._yielding[0]
            if self._has_line_at_a_door() and time.monotonic() < until:
                return
            self._yielding.popleft()
            submit()

    async def _close(self) -> None:
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        # Nothing waits in a line now: these are answered as killed.
        self._go_on()
        self._processes.close()

    def _pool(self, function: Function, code: dict[Path, Code]) -> Pool:
        folders = [function.folder, *function.layers]
        packages = [dependencies.folder_for(folder) for folder in folders]
        own, *layers = [code.setdefault(folder, Code(folder)) for folder in folders]
        age_s = 0 if function.name in self._answering else _LAYER_AGE_S
        # The API's callers that wait have processes beside those that answer everything else.
        waiting = int(function.environment.get("WAITING_CALLERS", "0"))
        return Pool(
            function,
            self._stack.short_name(function.name),
            self._around,
            self._processes,
            size=_AT_ONCE + waiting,
            search_path=[function.folder, *filter(None, packages), *function.layers],
            code=lambda since: (own.version(since), *(layer.version(since - age_s) for layer in layers)),
        )


async def _make_processes() -> Processes:
    return Processes()


def _kind(payload: bytes, error: str | None) -> str:
    if error is None:
        return "ok"
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return error


def _answer(invocation: Invocation, report: Report) -> Answer:
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
