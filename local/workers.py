"""One process that runs one Lambda function, one invocation at a time.

Called by pools. Starts it by processes, with credentials of the function's role, and speaks with it through a
runtime_api of its own. Everything is called in the event loop.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local.access import roles
from local.environment import environment
from local.errors import LocalError
from local.log_lines import Lines, as_json, readable
from local.processes import Process, Processes, Start
from local.runtime_api import Invocation, Report, RuntimeApi
from local.stack import Function

# Lambda gives an init 10 s and then tries again within the function's timeout. A laptop may be busy.
_INIT_SECONDS = 30
# A process that has left its session can hold the pipe.
_LAST_LINES_SECONDS = 2

KILLED = Report("exit", exit_code=-signal.SIGKILL)


@dataclass(frozen=True)
class Surroundings:
    """What is the same for every worker of a server."""

    region: str
    aws_endpoint: str
    say: Callable[[str], None]
    raw_logs: bool = False
    """Whether what functions log is said as JSON, and not as people read it."""
    own_tmp: bool = False
    """Whether each worker gets a /tmp of its own. Else they share this machine's, and nothing in it is touched."""


class Owner(Protocol):
    """Who has started a worker, and hears when its state changes."""

    def is_idle(self, worker: "Worker") -> None:
        """The worker can take an invocation."""

    def has_ended(self, worker: "Worker", failure: Report | None) -> None:
        """The worker takes no more. `failure` is what came of its init, if that is what ended it."""


class Worker(asyncio.Protocol):
    """A process. Its owner hears that it is idle when its init is over, and after each invocation."""

    def __init__(
        self, function: Function, label: str, around: Surroundings, owner: Owner, processes: Processes
    ) -> None:
        self._function, self._label, self._around, self._owner = function, label, around, owner
        self._processes = processes
        self._loop = asyncio.get_running_loop()
        self._api = RuntimeApi(self._idle, self._posted)
        self._lines = Lines()
        self._process: Process | None = None
        self._is_started, self._is_gone, self._output_is_read = (asyncio.Event() for _ in range(3))
        self._timer: asyncio.TimerHandle | None = None
        self._done: Callable[[Report], None] | None = None
        self._is_initialised = self._is_over = False

    async def start(self, search_path: list[Path]) -> None:
        """Starts the process, and does not wait for its init."""
        self._expect_within(_INIT_SECONDS)
        try:
            await self._start(search_path)
        except (OSError, LocalError) as error:
            said = {"errorType": "Local.NotStarted", "errorMessage": f"{self._label} can't be started: {error}"}
            self._end_with(Report("init error", json.dumps(said).encode()))
        finally:
            self._is_started.set()
        if self._is_over:
            self._kill()

    def take(self, invocation: Invocation, done: Callable[[Report], None]) -> bool:
        """Runs an invocation; `done` gets what comes of it. False if the process has ended while it was idle."""
        if self._is_over or not self._api.hand_out(invocation):
            return False
        self._done = done
        self._expect_within(invocation.timeout)
        return True

    @property
    def is_busy(self) -> bool:
        """Whether it has an invocation that is not answered."""
        return self._done is not None

    def end(self) -> None:
        """Kills the process and all that it has started. Does not wait."""
        self._end_with(KILLED)

    async def wait(self) -> None:
        """Waits until a process that was ended is gone, and its last lines are printed."""
        await self._is_started.wait()
        if self._process:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_LINES_SECONDS):
                    await self._is_gone.wait()
                    await self._output_is_read.wait()
            self._process.close()
        await self._api.close()

    async def _start(self, search_path: list[Path]) -> None:
        function, around = self._function, self._around
        variables = environment(
            function,
            region=around.region,
            aws_endpoint=around.aws_endpoint,
            runtime_api=await self._api.open(),
            own_tmp=around.own_tmp,
            credentials=roles.assume(function.role, "lambda.amazonaws.com", function.name, around.region),
        )
        folders = [str(function.folder), *map(str, function.layers)]
        path = [str(folder) for folder in search_path]
        tmp = "own" if around.own_tmp else "shared"
        start = Start(
            arguments=[function.handler, tmp, os.pathsep.join(path), *folders],
            cwd=str(function.folder),
            env=variables,
            variables=list(function.environment),
            path=path,
            layers=folders[1:],
        )
        self._process = await self._processes.start(start, self, self._exited)

    def _idle(self) -> None:
        self._is_initialised = True
        self._expect_nothing()
        if not self._is_over:
            self._owner.is_idle(self)

    def _posted(self, report: Report) -> None:
        done, self._done = self._done, None
        if done is None:
            self._end_with(report)
            return
        # It asks for the next one now.
        self._expect_within(_INIT_SECONDS)
        done(report)

    def _end_with(self, report: Report) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._expect_nothing()
        self._kill()
        done, self._done = self._done, None
        if done:
            done(report)
        self._owner.has_ended(self, None if self._is_initialised else report)

    def _expect_within(self, seconds: float) -> None:
        self._expect_nothing()
        self._timer = self._loop.call_later(seconds, self._end_with, Report("timeout"))

    def _expect_nothing(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _kill(self) -> None:
        if self._process:
            self._process.kill()

    def data_received(self, data: bytes) -> None:
        """What the process prints."""
        for line in self._lines.feed(data):
            self._print(line)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Nothing is printed any more."""
        if rest := self._lines.rest():
            self._print(rest)
        self._output_is_read.set()

    def _exited(self, code: int) -> None:
        self._is_gone.set()
        # In the loop's next turn: what the process has posted before is read in this one.
        self._loop.call_soon(self._end_with, Report("exit", exit_code=code))

    def _print(self, line: str) -> None:
        if self._around.raw_logs:
            self._around.say(as_json(line, self._label))
            return
        for text in readable(line):
            self._around.say(f"{self._label} | {text}")
