"""The items of all tables as rows of the store. Calls handles and key_conditions.

An item is a row with its key and itself as JSON; each index has a row for each item that is in it. What is written here
was checked before.
"""

import json
from collections.abc import Generator
from contextlib import closing
from functools import lru_cache
from typing import Any, NamedTuple

from local.engine.items import keys
from local.engine.items.handles import Handle, Handles, IndexChange, expires_s, index_changes
from local.engine.items.key_conditions import Range
from local.engine.items.keys import Key
from local.engine.items.tables import Index, Table
from local.engine.items.values import Item, check_item
from local.engine.store import Store

# An item was checked: it does not hold itself.
_as_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Row(NamedTuple):
    id: int
    item: Item
    size: int


class Found(NamedTuple):
    """A row that a range or a scan has come to."""

    hash: bytes
    range: bytes
    text: str
    size: int


class Rows:
    def __init__(self, store: Store) -> None:
        self._store, self.handles = store, Handles(store)

    # ---- One item ----

    def get(self, handle: Handle, key: Key) -> Row | None:
        found = self._store.row(
            "SELECT id, item, size FROM items WHERE item_table = ? AND hash = ? AND range = ?", handle.id, *key
        )
        return Row(found[0], json.loads(found[1]), found[2]) if found else None

    def put(self, handle: Handle, key: Key, old: Row | None, item: Item, size: int, changes: list[IndexChange]) -> None:
        """Writes an item where there was `old`, and what that changes in the indexes."""
        text = _as_json(item)
        expiry_s = expires_s(handle.table.expiry, item)
        if old is None:
            (item_id,) = self._store.row(
                "INSERT INTO items (item_table, hash, range, item, size, expires_s) VALUES (?, ?, ?, ?, ?, ?) "
                "RETURNING id",
                handle.id, *key, text, size, expiry_s,
            )  # fmt: skip
        else:
            item_id = old.id
            self._store.write(
                "UPDATE items SET item = ?, size = ?, expires_s = ? WHERE id = ?", text, size, expiry_s, item_id
            )
        self.handles.change_indexes(handle, item_id, changes)

    def delete(self, handle: Handle, old: Row, changes: list[IndexChange]) -> None:
        self._store.write("DELETE FROM items WHERE id = ?", old.id)
        self.handles.change_indexes(handle, old.id, changes)

    # ---- Many items ----

    def between(
        self, handle: Handle, index: Index | None, wanted: Range, start: bytes | None, *, forward: bool
    ) -> "closing[Generator[Found, None, None]]":
        """The rows of a range in their order, behind the range key `start`."""
        low, high = wanted.low, wanted.high
        if start is not None and forward:
            low = max(low, start + b"\0")
        elif start is not None:
            high = start if high is None else min(high, start)
        number = handle.indexes[index.name] if index else handle.id
        values = (number, wanted.hash, low) if high is None else (number, wanted.hash, low, high)
        return closing(self._each(_range_query(bool(index), high is not None, forward), *values))

    def all(self, handle: Handle, index: Index | None, start: Key | None) -> "closing[Generator[Found, None, None]]":
        """All rows of a table, or of an index, behind a key: those of one hash key one after the other."""
        number = handle.indexes[index.name] if index else handle.id
        return closing(self._each(_scan_query(bool(index)), number, *(start or Key(b"", b""))))

    def _each(self, query: str, *values: Any) -> Generator[Found, None, None]:
        with closing(self._store.each(query, *values)) as rows:
            for row in rows:
                yield Found._make(row)

    def expired(self, handle: Handle, since_s: int, until_s: int, limit: int) -> list[Item]:
        """Some items of a table that expired between two times, in seconds since the epoch."""
        found = self._store.rows(
            "SELECT item FROM items WHERE item_table = ? AND expires_s BETWEEN ? AND ? LIMIT ?",
            handle.id,
            since_s,
            until_s,
            limit,
        )
        return [json.loads(text) for (text,) in found]

    # ---- Whole tables ----

    def dump(self, table: Table) -> list[Item]:
        """All items of a table, in the order of their keys."""
        found = self._store.rows(
            "SELECT item FROM items WHERE item_table = ? ORDER BY hash, range", self.handles.of(table).id
        )
        return [json.loads(text) for (text,) in found]

    def load(self, table: Table, items: list[Item]) -> None:
        """Makes a table have these items and no others, of which its stream hears nothing."""
        handle = self.handles.of(table)
        with self._store.transaction():
            for number in handle.indexes.values():
                self._store.write("DELETE FROM index_rows WHERE item_index = ?", number)
            self._store.write("DELETE FROM items WHERE item_table = ?", handle.id)
            for item in items:
                key = keys.primary(table, item)
                self.put(handle, key, None, item, check_item(item), index_changes(table, key, None, item))


@lru_cache(maxsize=16)
def _range_query(of_index: bool, ends: bool, forward: bool) -> str:
    order = "ASC" if forward else "DESC"
    end = "AND r.range < ?" if ends else ""
    where = f"r.hash = ? AND r.range >= ? {end} ORDER BY r.range {order}"
    return f"SELECT r.hash, r.range, {_source(of_index=of_index)} = ? AND {where}"


@lru_cache(maxsize=2)
def _scan_query(of_index: bool) -> str:
    where = "(r.hash, r.range) > (?, ?) ORDER BY r.hash, r.range"
    return f"SELECT r.hash, r.range, {_source(of_index=of_index)} = ? AND {where}"


def _source(*, of_index: bool) -> str:
    if of_index:
        # Without CROSS, SQLite might begin with the items.
        return "i.item, i.size FROM index_rows r CROSS JOIN items i ON i.id = r.item WHERE r.item_index"
    return "r.item, r.size FROM items r WHERE r.item_table"
