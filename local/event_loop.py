"""The event loop that serves all sockets and processes, in one thread.

Called by server, lambdas and tests. Calls nothing of local.
"""

import asyncio
import contextlib
import resource
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_FILES = 65_536
"""Each connection is one, and a burst has thousands. Most systems give a process 1,024 unless it asks for more."""


class EventLoop:
    """Runs until close(). Any thread may call.

    Linux kills a function's process when the *thread* that started it ends: this one starts all, and outlives them.
    """

    def __init__(self) -> None:
        _allow_many_files()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._until_closed()), name="events", daemon=True)
        self._thread.start()
        self._started.wait()

    def soon(self, action: Callable[..., object], *arguments: Any) -> bool:
        """Has the loop call something, in the order of the calls. False if the loop is closed."""
        try:
            if threading.current_thread() is self._thread:
                self._loop.call_soon(action, *arguments)
            else:
                self._loop.call_soon_threadsafe(action, *arguments)
        except RuntimeError:
            return False
        return True

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for the work and returns its result. Not for the loop's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Cancels what is under way, and waits for the thread to end."""
        self.soon(self._closing.set)
        self._thread.join()

    async def _until_closed(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        self._started.set()
        await self._closing.wait()


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
