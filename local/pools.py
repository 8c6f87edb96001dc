"""The processes of one function: invocations wait in one line for the first that is free.

Called by lambdas. Calls workers. Everything is called in the event loop.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from local.processes import Processes
from local.runtime_api import Invocation, Report
from local.stack import Function
from local.workers import KILLED, Surroundings, Worker

_CORES = os.cpu_count() or 1
_STALLED_S = 0.1
"""So long no process of a function has answered, until another one is started."""
_COMPUTING_S = 1.0
"""So long where the machine has more to compute than it has cores: a start would take from what the others get done."""


@dataclass(frozen=True)
class _Job:
    invocation: Invocation
    done: Callable[[Report], None]
    came: float
    """By the monotonic clock."""


def _threads_that_compute() -> int:
    """How many threads of this machine run or could run now. 0 where it can't be known, as on macOS."""
    try:
        running = Path("/proc/loadavg").read_text(encoding="ascii").split()[3]
        return int(running.partition("/")[0])
    except OSError:
        return 0


class Pool:
    """At most `size` processes. They are started when invocations wait, and kept.

    `code` returns the version of the code, with all that was saved before a time.
    """

    def __init__(
        self,
        function: Function,
        label: str,
        around: Surroundings,
        processes: Processes,
        *,
        size: int,
        search_path: list[Path],
        code: Callable[[float], tuple[int, ...]],
    ) -> None:
        self._function, self._label, self._around, self._processes = function, label, around, processes
        self._size, self._search_path, self._version = size, search_path, code
        self._waiting: deque[_Job] = deque()
        self._workers: dict[Worker, tuple[int, ...]] = {}
        """Each with the version of the code that it was started with."""
        self._idle: list[Worker] = []
        self._tasks: set[asyncio.Task[None]] = set()
        """What starts processes, and waits for the ends of others."""
        self._last_idle = float("-inf")
        self._look_again: asyncio.TimerHandle | None = None
        self._is_closed = False

    def submit(self, invocation: Invocation, done: Callable[[Report], None]) -> None:
        """Runs an invocation as soon as a process is free; `done` gets what comes of it."""
        self._waiting.append(_Job(invocation, done, time.monotonic()))
        self._dispatch()

    def start_ahead(self) -> None:
        """Starts a process for the first invocation, unless there is one."""
        if not self._workers and not self._is_closed:
            self._start(self._version(time.monotonic()))

    @property
    def has_line(self) -> bool:
        """Whether invocations wait."""
        return bool(self._waiting)

    async def close(self) -> None:
        """Ends all processes, with whatever they are doing, and waits until they are gone."""
        self._is_closed = True
        if self._look_again:
            self._look_again.cancel()
        for worker in list(self._workers):
            self._end(worker)
        self._dispatch()
        await asyncio.gather(*self._tasks)

    def is_idle(self, worker: Worker) -> None:
        """The worker can take an invocation: the longest waiting one, if its code is up to date."""
        self._idle.append(worker)
        self._last_idle = time.monotonic()
        self._dispatch()

    def has_ended(self, worker: Worker, failure: Report | None) -> None:
        """A worker is gone. Of one that failed to start, that is the answer to an invocation, as on Lambda."""
        if worker not in self._workers:
            return
        version = self._workers[worker]
        self._end(worker)
        if failure and self._waiting and version == self._version(self._waiting[0].came):
            self._waiting.popleft().done(failure)
        self._dispatch()

    def _dispatch(self) -> None:
        if self._is_closed:
            while self._waiting:
                self._waiting.popleft().done(KILLED)
        while self._waiting:
            job = self._waiting[0]
            version = self._version(job.came)
            self._end_outdated(version)
            if not self._idle:
                self._start_another(version)
                return
            worker = self._idle.pop()
            if worker.take(job.invocation, job.done):
                self._waiting.popleft()
            else:
                self._end(worker)

    def _end_outdated(self, version: tuple[int, ...]) -> None:
        for worker in [each for each, its in self._workers.items() if its != version and not each.is_busy]:
            self._end(worker)

    def _start_another(self, version: tuple[int, ...]) -> None:
        if len(self._workers) == self._size:
            return
        # One that starts, or has just answered, takes an invocation soon: several starts in the middle of a burst would
        # cost it more than they bring.
        if any(not worker.is_busy for worker in self._workers):
            return
        # As many as there are cores compute. More are of use where these wait for something.
        if len(self._workers) < _CORES or self._is_stuck():
            self._start(version)
        elif self._look_again is None:
            self._look_again = asyncio.get_running_loop().call_later(_STALLED_S, self._is_stalled)

    def _is_stuck(self) -> bool:
        stalled_s = time.monotonic() - max(self._last_idle, self._waiting[0].came)
        if stalled_s < _STALLED_S:
            return False
        return stalled_s >= _COMPUTING_S or _threads_that_compute() <= _CORES

    def _is_stalled(self) -> None:
        self._look_again = None
        self._dispatch()

    def _start(self, version: tuple[int, ...]) -> None:
        worker = Worker(self._function, self._label, self._around, self, self._processes)
        self._workers[worker] = version
        self._keep(worker.start(self._search_path))

    def _end(self, worker: Worker) -> None:
        del self._workers[worker]
        if worker in self._idle:
            self._idle.remove(worker)
        worker.end()
        self._keep(worker.wait())

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
