"""Deletes items whose time is over, as DynamoDB's TTL does. Calls writes."""

from collections.abc import Callable

from local.engine.clock import Clock
from local.engine.items import keys
from local.engine.items.handles import index_changes
from local.engine.items.rows import Rows
from local.engine.items.tables import Table
from local.engine.items.writes import Step, Writer
from local.engine.place import Place

_BATCH = 25
_FIVE_YEARS_S = 5 * 365 * 86_400


class Expiry:
    def __init__(
        self, clock: Clock, rows: Rows, writer: Writer, table_of: Callable[[Place, str], Table | None]
    ) -> None:
        self._clock, self._rows, self._writer, self._table_of = clock, rows, writer, table_of

    def begin(self, every_ms: int) -> None:
        """Sweeps from now on. AWS takes up to some days."""
        self._clock.at(self._clock.now_ms() + every_ms, lambda: self._go_on(every_ms))

    def _go_on(self, every_ms: int) -> None:
        # One batch at a time: others may want the store.
        wait_ms = 0 if self.sweep() else every_ms
        self._clock.at(self._clock.now_ms() + wait_ms, lambda: self._go_on(every_ms))

    def sweep(self) -> int:
        """Deletes some of what has expired, and returns how many items that were: 0 when nothing is left."""
        deleted = 0
        for place, name in self._rows.handles.tables():
            table = self._table_of(place, name)
            if table and table.expiry:
                deleted += self._sweep(table)
        return deleted

    def _sweep(self, table: Table) -> int:
        now_s = self._clock.now_ms() // 1000
        with self._writer.store.transaction():
            handle = self._rows.handles.of(table)
            steps = []
            # DynamoDB keeps what expired longer ago than this: it takes the number for a mistake.
            for item in self._rows.expired(handle, now_s - _FIVE_YEARS_S, now_s, _BATCH):
                key = keys.primary(table, item)
                changes = index_changes(table, key, item, None)
                steps.append(Step(table, key, self._rows.get(handle, key), None, 0, changes))
            self._writer.do(steps, expired=True)
        return len(steps)
