"""Where the rows of each table are, and what its description makes of them. Calls keys and tables.

A table is known by its place, its name and its key, so that its rows are there again when it is. Its indexes are filled
when they appear, and dropped when they go.
"""

import json
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from local.engine.items import keys
from local.engine.items.keys import Key
from local.engine.items.tables import Index, Table
from local.engine.items.values import Item
from local.engine.place import Place
from local.engine.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item_tables (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, key_schema TEXT NOT NULL,
    expiry TEXT,
    UNIQUE (account, region, name, key_schema)
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
_YEARS_9999_S = 253_402_300_800


@dataclass
class Handle:
    """Where the rows of a table are."""

    table: Table
    id: int
    indexes: dict[str, int] = field(default_factory=dict)
    """Ids by the indexes' names."""


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


class Handles:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[Place, str], Handle] = {}
        store.create(_SCHEMA)

    def of(self, table: Table) -> Handle:
        """Where a table's rows are, as its description is now."""
        known = self._known.get((table.place, table.name))
        if known is None or known.table is not table:
            known = self._arrange(table)
            # What is undone is not known.
            self._store.after_commit(partial(self._known.__setitem__, (table.place, table.name), known))
        return known

    def tables(self) -> list[tuple[Place, str]]:
        """The tables that have had an item."""
        found = self._store.rows("SELECT DISTINCT account, region, name FROM item_tables")
        return [(Place(account, region), name) for account, region, name in found]

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
                self._known.pop((place, table[1]), None)

    def change_indexes(self, handle: Handle, item_id: int, changes: "list[IndexChange]") -> None:
        """Writes what changes in a table's indexes with an item."""
        for index, old, new in changes:
            number = handle.indexes[index.name]
            if old:
                self._store.write(
                    "DELETE FROM index_rows WHERE item_index = ? AND hash = ? AND range = ?", number, *old
                )
            if new:
                self._store.write("INSERT INTO index_rows VALUES (?, ?, ?, ?)", number, *new, item_id)

    def _arrange(self, table: Table) -> Handle:
        """Makes the rows what a description needs that is new here, or has changed."""
        with self._store.transaction():
            identity = (*table.place, table.name, _key_schema(table))
            known = self._store.row(
                "SELECT id, expiry FROM item_tables WHERE (account, region, name, key_schema) = (?, ?, ?, ?)", *identity
            ) or self._store.row(
                "INSERT INTO item_tables (account, region, name, key_schema) VALUES (?, ?, ?, ?) RETURNING id, expiry",
                *identity,
            )
            handle = Handle(table, known[0])
            if known[1] != table.expiry:
                self._arrange_expiry(handle)
            self._arrange_indexes(handle)
        return handle

    def _arrange_expiry(self, handle: Handle) -> None:
        self._store.write("UPDATE item_tables SET expiry = ? WHERE id = ?", handle.table.expiry, handle.id)
        for item_id, text in self._store.rows("SELECT id, item FROM items WHERE item_table = ?", handle.id):
            expiry_s = expires_s(handle.table.expiry, json.loads(text))
            self._store.write("UPDATE items SET expires_s = ? WHERE id = ?", expiry_s, item_id)

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
                    self.change_indexes(handle, item_id, [IndexChange(index, None, entry)])


def _key_schema(of: Index | Table) -> str:
    return json.dumps([[[attribute.name, attribute.kind] for attribute in part] for part in (of.hash, of.range)])


def expires_s(attribute: str | None, item: Item) -> int | None:
    """When an item expires, in seconds since the epoch; None for never."""
    number = item.get(attribute, {}).get("N") if attribute else None
    if number is None or len(number) > 40:
        return None
    seconds = int(float(number))
    return seconds if 0 < seconds < _YEARS_9999_S else None
