"""What is delivered some time after the request that caused it, and when all of it has been.

It is kept with what caused it, until it was delivered: another process delivers what this one leaves, as AWS does.
"""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Any, NamedTuple

from local.console import say
from local.engine.store import Store

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, message TEXT NOT NULL)"
)

Deliver = Callable[[list[Any]], None]


class _Message(NamedTuple):
    number: int
    """Its row in the store; 0 where it is only in memory."""
    content: Any


class _Kind(NamedTuple):
    executor: Executor
    deliver: Deliver


_kinds: dict[str, _Kind] = {}
_gaps_s: dict[str, float] = {}
_gathered: dict[str, list[_Message]] = {}
"""By kind: what the next delivery takes along."""
_store: Store | None = None
_under_way: set["Future[None]"] = set()
_lock = threading.Lock()


def deliver_by(kind: str, executor: Executor, deliver: Deliver) -> None:
    """Says how messages of a kind are delivered: they are JSON, and begin in their order."""
    _kinds[kind] = _Kind(executor, deliver)


def gather_for(kind: str, gap_s: float) -> None:
    """From now on messages of this kind are delivered together, so long after the first of them. 0: each at once."""
    _gaps_s[kind] = gap_s


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
    _gathered.clear()
    for number, kind, text in _store.rows("SELECT number, kind, message FROM deliveries ORDER BY number"):
        _begin(_store, kind, _Message(number, json.loads(text)))


def send(kind: str, content: Any) -> None:
    """Delivers a message some time after the transaction that it is sent in, and not if that is undone."""
    store = _store
    if store is None:
        _begin(None, kind, _Message(0, content))
        return
    (number,) = store.row(
        "INSERT INTO deliveries (kind, message) VALUES (?, ?) RETURNING number", kind, json.dumps(content)
    )
    store.after_commit(lambda: _begin(store, kind, _Message(number, content)))


def _begin(store: Store | None, kind: str, message: _Message) -> None:
    executor = _kinds[kind].executor
    if not _gaps_s.get(kind):
        later(executor, _deliver, store, kind, [message])
        return
    with _lock:
        gathered = _gathered.setdefault(kind, [])
        is_first = not gathered
        gathered.append(message)
    if is_first:
        later(executor, _deliver_gathered, store, kind)


def _deliver_gathered(store: Store | None, kind: str) -> None:
    time.sleep(_gaps_s[kind])
    with _lock:
        messages = _gathered.pop(kind, [])
    _deliver(store, kind, messages)


def _deliver(store: Store | None, kind: str, messages: list[_Message]) -> None:
    try:
        _kinds[kind].deliver([message.content for message in messages])
    finally:
        # What fails while the server ends, as the functions do, was not delivered.
        if store is not None and store is _store:
            with store.transaction():
                for message in messages:
                    store.write("DELETE FROM deliveries WHERE number = ?", message.number)


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
