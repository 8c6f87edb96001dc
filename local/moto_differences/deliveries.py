"""What is delivered some time after the request that caused it, and when all of it has been.

It is kept with what caused it, until it was delivered: another process delivers what this one leaves, as AWS does.
"""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Any, NamedTuple

from local.console import say
from local.engine.store import Store

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, message TEXT NOT NULL)"
)

Deliver = Callable[[Any], None]


class _Kind(NamedTuple):
    executor: Executor
    deliver: Deliver


_kinds: dict[str, _Kind] = {}
_store: Store | None = None
_under_way: set["Future[None]"] = set()
_lock = threading.Lock()


def deliver_by(kind: str, executor: Executor, deliver: Deliver) -> None:
    """Says how messages of a kind are delivered: they are JSON, and begin in their order."""
    _kinds[kind] = _Kind(executor, deliver)


def keep_in(store: Store | None) -> None:
    """From now on messages are in the store until they were delivered. None: only in memory.

    What is under way then stays in the store that it is in, and is delivered once more by resume().
    """
    global _store  # noqa: PLW0603 - moto's backends are one for the process, too
    if store:
        store.create(_SCHEMA)
    _store = store


def resume() -> None:
    """Delivers what is in the store from before."""
    assert _store
    for number, kind, text in _store.rows("SELECT number, kind, message FROM deliveries ORDER BY number"):
        later(_kinds[kind].executor, _deliver, _store, number, kind, json.loads(text))


def send(kind: str, message: Any) -> None:
    """Delivers a message some time after the transaction that it is sent in, and not if that is undone."""
    store = _store
    if store is None:
        later(_kinds[kind].executor, _kinds[kind].deliver, message)
        return
    (number,) = store.row(
        "INSERT INTO deliveries (kind, message) VALUES (?, ?) RETURNING number", kind, json.dumps(message)
    )
    store.after_commit(lambda: later(_kinds[kind].executor, _deliver, store, number, kind, message))


def _deliver(store: Store, number: int, kind: str, message: Any) -> None:
    try:
        _kinds[kind].deliver(message)
    finally:
        # What fails while the server ends, as the functions do, was not delivered.
        if store is _store:
            store.write("DELETE FROM deliveries WHERE number = ?", number)


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
