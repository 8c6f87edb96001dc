"""The one clock of the engine, and the timers on it. Calls local's clock and console."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from local.clock import now_ms
from local.console import say

Action = Callable[[], None]


@dataclass(order=True)
class Timer:
    """Something to do at a time, in ms since the epoch."""

    due_ms: int
    number: int
    action: Action | None = field(compare=False)

    def cancel(self) -> None:
        """Does nothing once the action has begun."""
        self.action = None


class Clock:
    """Tells the time, and runs each timer's action when it is due, in one thread, the earliest first."""

    def __init__(self) -> None:
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return now_ms()

    def at(self, due_ms: int, action: Action) -> Timer:
        """Runs the action at a time, soon if that is over."""
        with self._changed:
            timer = Timer(due_ms, next(self._numbers), action)
            heapq.heappush(self._timers, timer)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
                self._thread.start()
            if self._timers[0] is timer:
                self._changed.notify()
        return timer

    def close(self) -> None:
        """No timer begins any more, and what one has begun is over: the store can be closed then."""
        with self._changed:
            self._closed = True
            self._timers.clear()
            self._changed.notify()
            thread = self._thread
        if thread and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while timer := self._next():
            if action := timer.action:
                try:
                    action()
                except Exception as error:  # noqa: BLE001 - the timers after it are others'
                    say(f"A timer failed: {type(error).__name__}: {error}")

    def _next(self) -> Timer | None:
        """Waits for the next timer that is due. None once the clock is closed."""
        with self._changed:
            while not self._closed:
                if not self._timers:
                    self._changed.wait()
                    continue
                left_ms = self._timers[0].due_ms - self.now_ms()
                if left_ms <= 0:
                    return heapq.heappop(self._timers)
                # Not for longer than a wait may be on every platform.
                self._changed.wait(min(left_ms, 3_600_000) / 1000)
        return None
