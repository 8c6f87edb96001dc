"""The items of all tables as rows of the store. Calls keys and tables.

An item is a row with its key and itself as JSON; each index has a row for each item that is in it. What is written here
was checked before. Rows belong to a table by its place and name, and are there again when the table is.
"""

import json
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple

from local.engine.items import keys
from local.engine.items.key_conditions import Range
from local.engine.items.keys import Key
from local.engine.items.tables import Index, Table
from local.engine.items.values import Item, check_item
from local.engine.place import Place
from local.engine.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item_tables (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, expiry TEXT,
    UNIQUE (account, region, name)
);
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, item_table INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL,
    item TEXT NOT NULL, size INTEGER NOT NULL, expires_s INTEGER,
    UNIQUE (item_table, hash, range)
);
CREATE INDEX IF NOT EXISTS items_by_expiry ON items (item_table, expires_s) WHERE expires_s IS NOT NULL;
CREATE TABLE IF NOT EXISTS item_indexes (
    id INTEGER PRIMARY KEY, item_table INTEGER NOT NULL, name TEXT NOT NULL, key_schema TEXT NOT NULL,
    UNIQUE (item_table, name)
);
CREATE TABLE IF NOT EXISTS index_rows (
    item_index INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL, item INTEGER NOT NULL,
    PRIMARY KEY (item_index, hash, range)
) WITHOUT ROWID;
"""
# An item was checked: it does not hold itself.
_as_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_YEARS_9999_S = 253_402_300_800


@dataclass
class Handle:
    """Where the rows of a table are."""

    table: Table
    id: int
    indexes: dict[str, int] = field(default_factory=dict)
    """Ids by the indexes' names."""


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
        self._store = store
        self._handles: dict[tuple[Place, str], Handle] = {}
        store.create(_SCHEMA)

    def handle(self, table: Table) -> Handle:
        """Where a table's rows are, as its description is now."""
        known = self._handles.get((table.place, table.name))
        if known is None or known.table is not table:
            known = self._arrange(table)
            # What is undone is not known.
            self._store.after_commit(partial(self._handles.__setitem__, (table.place, table.name), known))
        return known

    # ---- One item ----

    def get(self, handle: Handle, key: Key) -> Row | None:
        found = self._store.row(
            "SELECT id, item, size FROM items WHERE item_table = ? AND hash = ? AND range = ?", handle.id, *key
        )
        return Row(found[0], json.loads(found[1]), found[2]) if found else None

    def put(
        self, handle: Handle, key: Key, old: Row | None, item: Item, size: int, changes: "list[IndexChange]"
    ) -> None:
        """Writes an item where there was `old`, and what that changes in the indexes."""
        text = _as_json(item)
        expires_s = _expires_s(handle.table.expiry, item)
        if old is None:
            (item_id,) = self._store.row(
                "INSERT INTO items (item_table, hash, range, item, size, expires_s) VALUES (?, ?, ?, ?, ?, ?) "
                "RETURNING id",
                handle.id, *key, text, size, expires_s,
            )  # fmt: skip
        else:
            item_id = old.id
            self._store.write(
                "UPDATE items SET item = ?, size = ?, expires_s = ? WHERE id = ?", text, size, expires_s, item_id
            )
        self._change_indexes(handle, item_id, changes)

    def delete(self, handle: Handle, old: Row, changes: "list[IndexChange]") -> None:
        self._store.write("DELETE FROM items WHERE id = ?", old.id)
        self._change_indexes(handle, old.id, changes)

    def _change_indexes(self, handle: Handle, item_id: int, changes: "list[IndexChange]") -> None:
        for index, old, new in changes:
            number = handle.indexes[index.name]
            if old:
                self._store.write(
                    "DELETE FROM index_rows WHERE item_index = ? AND hash = ? AND range = ?", number, *old
                )
            if new:
                self._store.write("INSERT INTO index_rows VALUES (?, ?, ?, ?)", number, *new, item_id)

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

    def tables(self) -> list[tuple[Place, str]]:
        """The tables that have had an item."""
        found = self._store.rows("SELECT account, region, name FROM item_tables")
        return [(Place(account, region), name) for account, region, name in found]

    # ---- Whole tables ----

    def drop(self, place: Place, name: str | None = None) -> None:
        """Deletes the items of a table that is no more, or of all in a place."""
        with self._store.transaction():
            for table in self._store.rows(
                "SELECT id, name FROM item_tables WHERE account = ? AND region = ? AND name = coalesce(?, name)",
                *place, name,
            ):  # fmt: skip
                self._drop_indexes(table[0], ())
                self._store.write("DELETE FROM items WHERE item_table = ?", table[0])
                self._store.write("DELETE FROM item_tables WHERE id = ?", table[0])
                self._handles.pop((place, table[1]), None)

    def dump(self, table: Table) -> list[Item]:
        """All items of a table, in the order of their keys."""
        found = self._store.rows(
            "SELECT item FROM items WHERE item_table = ? ORDER BY hash, range", self.handle(table).id
        )
        return [json.loads(text) for (text,) in found]

    def load(self, table: Table, items: list[Item]) -> None:
        """Makes a table have these items and no others, of which its stream hears nothing."""
        handle = self.handle(table)
        with self._store.transaction():
            for number in handle.indexes.values():
                self._store.write("DELETE FROM index_rows WHERE item_index = ?", number)
            self._store.write("DELETE FROM items WHERE item_table = ?", handle.id)
            for item in items:
                key = keys.primary(table, item)
                self.put(handle, key, None, item, check_item(item), index_changes(table, key, None, item))

    # ---- What a table's description says ----

    def _arrange(self, table: Table) -> Handle:
        """Makes the rows what a description needs that is new here, or has changed."""
        with self._store.transaction():
            place = (*table.place, table.name)
            known = self._store.row(
                "SELECT id, expiry FROM item_tables WHERE account = ? AND region = ? AND name = ?", *place
            ) or self._store.row(
                "INSERT INTO item_tables (account, region, name) VALUES (?, ?, ?) RETURNING id, expiry", *place
            )
            handle = Handle(table, known[0])
            if known[1] != table.expiry:
                self._arrange_expiry(handle)
            self._arrange_indexes(handle)
        return handle

    def _arrange_expiry(self, handle: Handle) -> None:
        self._store.write("UPDATE item_tables SET expiry = ? WHERE id = ?", handle.table.expiry, handle.id)
        for item_id, text in self._store.rows("SELECT id, item FROM items WHERE item_table = ?", handle.id):
            expires_s = _expires_s(handle.table.expiry, json.loads(text))
            self._store.write("UPDATE items SET expires_s = ? WHERE id = ?", expires_s, item_id)

    def _arrange_indexes(self, handle: Handle) -> None:
        wanted = {index.name: (index, _key_schema(index)) for index in handle.table.indexes}
        self._drop_indexes(handle.id, tuple((name, schema) for name, (_, schema) in wanted.items()))
        known = self._store.rows("SELECT name, id FROM item_indexes WHERE item_table = ?", handle.id)
        handle.indexes.update(known)
        for name, (index, schema) in wanted.items():
            if name not in handle.indexes:
                (handle.indexes[name],) = self._store.row(
                    "INSERT INTO item_indexes (item_table, name, key_schema) VALUES (?, ?, ?) RETURNING id",
                    handle.id, name, schema,
                )  # fmt: skip
                self._fill(handle, index)

    def _drop_indexes(self, table_id: int, kept: tuple[tuple[str, str], ...]) -> None:
        """Drops all but those with a name and a key schema that are kept."""
        for number, name, schema in self._store.rows(
            "SELECT id, name, key_schema FROM item_indexes WHERE item_table = ?", table_id
        ):
            if (name, schema) not in kept:
                self._store.write("DELETE FROM index_rows WHERE item_index = ?", number)
                self._store.write("DELETE FROM item_indexes WHERE id = ?", number)

    def _fill(self, handle: Handle, index: Index) -> None:
        """Adds the items that are there to a new index. One whose attributes it can't take is left out, as by AWS."""
        for item_id, text in self._store.rows("SELECT id, item FROM items WHERE item_table = ?", handle.id):
            item = json.loads(text)
            if all(attribute.kind in item.get(attribute.name, ()) for attribute in index.attributes):
                entry = keys.entry(index, item, keys.primary(handle.table, item))
                if entry:
                    self._change_indexes(handle, item_id, [IndexChange(index, None, entry)])


class IndexChange(NamedTuple):
    of: Index
    before: Key | None
    after: Key | None


def index_changes(table: Table, key: Key, before: Item | None, after: Item | None) -> list[IndexChange]:
    """What a write changes in the indexes. Raises ServiceError for an item that an index can't take."""
    changes = []
    for index in table.indexes:
        if before is not None and after is not None and _same(index, before, after):
            continue
        old = keys.entry(index, before, key) if before is not None else None
        new = keys.entry(index, after, key) if after is not None else None
        if old != new:
            changes.append(IndexChange(index, old, new))
    return changes


def _same(index: Index, before: Item, after: Item) -> bool:
    return all(before.get(attribute.name) == after.get(attribute.name) for attribute in index.attributes)


def _key_schema(index: Index) -> str:
    return json.dumps([[[attribute.name, attribute.kind] for attribute in part] for part in (index.hash, index.range)])


def _expires_s(attribute: str | None, item: Item) -> int | None:
    """When an item expires, in seconds since the epoch; None for never."""
    number = item.get(attribute, {}).get("N") if attribute else None
    if number is None or len(number) > 40:
        return None
    seconds = int(float(number))
    return seconds if 0 < seconds < _YEARS_9999_S else None


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
