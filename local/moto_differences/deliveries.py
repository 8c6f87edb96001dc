"""What is delivered some time after the request that caused it, and when all of it has been."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Any

from local.console import say

_under_way: set["Future[None]"] = set()
_lock = threading.Lock()


def later(executor: Executor, do: Callable[..., None], *arguments: Any) -> None:
    """Comes back at once. Says what went wrong, should something: nobody waits for a delivery."""
    with _lock:
        future = executor.submit(do, *arguments)
        _under_way.add(future)
    future.add_done_callback(_done)


def all_delivered(seconds: float = 30) -> None:
    """Comes back when nothing is on its way any more."""
    while True:
        with _lock:
            pending = set(_under_way)
        if not pending or wait(pending, seconds).not_done:
            return


def _done(future: "Future[None]") -> None:
    with _lock:
        _under_way.discard(future)
    if error := future.exception():
        say(f"An event could not be delivered: {error}")
