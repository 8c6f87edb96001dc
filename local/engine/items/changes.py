"""What was written, for a table's stream. Calls tables."""

from typing import NamedTuple

from local.engine.items.tables import Table
from local.engine.items.values import Item


class Change(NamedTuple):
    """An item that has become another: `old` is None where there was none, `new` where there is none any more."""

    table: Table
    old: Item | None
    new: Item | None
    at_ms: int
    expired: bool
    """Whether DynamoDB has deleted it, because its time was over."""

    @property
    def keys(self) -> Item:
        return self.table.key_of(self.new or self.old or {})
