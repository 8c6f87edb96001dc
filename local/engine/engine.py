"""The engine as a whole. Calls items, machines, requests."""

from collections.abc import Callable

from local.engine.clock import Clock
from local.engine.items.service import Items
from local.engine.items.writes import OnChange
from local.engine.machines import ControlPlane, Ended, Invoke, Machines
from local.engine.moto_tables import table_of
from local.engine.requests import Requests
from local.engine.store import Store

_SWEEP_MS = 60_000
_SOON_MS = 100
_PAGES = 250
"""1 MB: some milliseconds."""


class Engine:
    """Answers requests, with all state in a store.

    `invoke` calls functions, `on_change` gets what is written to tables with a stream, and `on_end` each execution that
    has ended.
    """

    def __init__(self, store: Store, invoke: Invoke, on_change: OnChange, on_end: Callable[[Ended], None]) -> None:
        self.store, self.clock = store, Clock()
        self.items = Items(store, self.clock, table_of, on_change)
        self.machines = Machines(store, self.clock, {"dynamodb": self.items.answer}, invoke, on_end, ControlPlane())
        operations = {"dynamodb": self.items.answer, "states": self.machines.answer}
        self.requests = Requests(operations, self.machines.machine_of_token)

    def begin(self) -> dict[str, int]:
        """Goes on with what the store has: executions that run, and items whose time is over.

        Returns which state machines are not there any more, with how many executions of theirs rest until they are.
        """
        self.items.expiry.begin(_SWEEP_MS)
        self.clock.at(self.clock.now_ms() + _SWEEP_MS, self._give_back)
        return self.machines.resume()

    def forget(self) -> None:
        """Deletes all items and executions."""
        self.items.forget()
        self.machines.forget()

    def _give_back(self) -> None:
        """Makes the store as small as what it holds, bit by bit."""
        wait_ms = _SOON_MS if self.store.give_back(_PAGES) else _SWEEP_MS
        self.clock.at(self.clock.now_ms() + wait_ms, self._give_back)

    def close(self) -> None:
        """No timer begins any more, and no execution goes on. The store is the caller's."""
        self.machines.close()
        self.clock.close()
