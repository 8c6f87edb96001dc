"""The requests about items, each answered by the module that knows it. Called by requests and in_process."""

from collections.abc import Callable
from typing import Any

from local.engine.clock import Clock
from local.engine.items import batches
from local.engine.items.capacity import Consumed
from local.engine.items.expiry import Expiry
from local.engine.items.pages import Pages
from local.engine.items.reads import Reader
from local.engine.items.refusals import invalid, no_table
from local.engine.items.rows import Rows
from local.engine.items.tables import Table
from local.engine.items.transactions import Transactions, operations
from local.engine.items.values import Item
from local.engine.items.writes import OnChange, Writer
from local.engine.place import Place
from local.engine.store import Store

TableOf = Callable[[Place, str], Table | None]
"""Finds a table's description: the same object as long as it stays the same."""


_PARTIQL = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")


def _refuse_partiql(_request: dict[str, Any], _place: Place) -> dict[str, Any]:
    raise invalid("The local DynamoDB does not have PartiQL: use expressions.")


class Items:
    """Any thread may call. `on_change` gets what is written to tables with a stream, in the transaction that writes it.

    It is called while others wait, and so must be quick.
    """

    def __init__(self, store: Store, clock: Clock, table_of: TableOf, on_change: OnChange) -> None:
        self._table_of = table_of
        self._rows = Rows(store)
        self._reader = Reader(self._rows)
        self._pages = Pages(self._rows)
        self._writer = Writer(store, clock, self._rows, on_change)
        self._transactions = Transactions(store, clock, self._writer)
        self.expiry = Expiry(clock, self._rows, self._writer, table_of)
        self._operations: dict[str, Callable[[dict[str, Any], Place], dict[str, Any]]] = {
            "PutItem": lambda request, place: self._write("Put", request, place),
            "UpdateItem": lambda request, place: self._write("Update", request, place),
            "DeleteItem": lambda request, place: self._write("Delete", request, place),
            "GetItem": self._get,
            "Query": lambda request, place: self._pages.query(request, self._table(request, place)),
            "Scan": lambda request, place: self._pages.scan(request, self._table(request, place)),
            "BatchGetItem": self._batch_get,
            "BatchWriteItem": self._batch_write,
            "TransactGetItems": self._transact_get,
            "TransactWriteItems": lambda request, place: self._transactions.write(request, place, self._table),
            **dict.fromkeys(_PARTIQL, _refuse_partiql),
        }

    def answer(self, operation: str, request: dict[str, Any], place: Place) -> dict[str, Any] | None:
        """What the API answers; None for what is not about items. Raises ServiceError.

        The request is the engine's from then on: it may change it.
        """
        answer = self._operations.get(operation)
        return answer(request, place) if answer else None

    def drop(self, place: Place, name: str | None = None) -> None:
        """Deletes the items of a table that is no more, or of all in a place."""
        self._rows.handles.drop(place, name)

    def forget(self) -> None:
        """Deletes the items of all tables."""
        for place, name in self._rows.handles.tables():
            self.drop(place, name)

    def dump(self, place: Place, name: str) -> list[Item]:
        """All items of a table, in the order of their keys. Raises ServiceError."""
        return self._rows.dump(self._table({"TableName": name}, place))

    def load(self, place: Place, name: str, items: list[Item]) -> None:
        """Makes a table have these items and no others, of which its stream hears nothing. Raises ServiceError."""
        self._rows.load(self._table({"TableName": name}, place), items)

    def _table(self, request: dict[str, Any], place: Place) -> Table:
        name = request.get("TableName")
        if type(name) is not str:
            raise invalid(
                "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: "
                "Member must not be null"
            )
        if name.startswith("arn:"):
            _, _, _, region, account, resource = name.split(":", 5)
            place, name = Place(account, region), resource.removeprefix("table/")
        table = self._table_of(place, name)
        if table is None:
            raise no_table()
        return table

    def _write(self, kind: str, request: dict[str, Any], place: Place) -> dict[str, Any]:
        return self._writer.write(kind, request, self._table(request, place))

    def _get(self, request: dict[str, Any], place: Place) -> dict[str, Any]:
        consumed = Consumed(request)
        consistent = bool(request.get("ConsistentRead"))
        answer = self._reader.get(request, self._table(request, place), consumed, consistent=consistent)
        return {**answer, **consumed.one()}

    def _transact_get(self, request: dict[str, Any], place: Place) -> dict[str, Any]:
        consumed = Consumed(request, "Read", transaction=True)
        parts = [part for _, part in operations(request, ("Get",))]
        answers = [self._reader.get(part, self._table(part, place), consumed, consistent=True) for part in parts]
        return {"Responses": answers, **consumed.several()}

    def _batch_get(self, request: dict[str, Any], place: Place) -> dict[str, Any]:
        wanted, tables = self._batch(request, place)
        return self._reader.batch(wanted, tables, Consumed(request))

    def _batch_write(self, request: dict[str, Any], place: Place) -> dict[str, Any]:
        wanted, tables = self._batch(request, place)
        return batches.write(self._writer, wanted, tables, Consumed(request))

    def _batch(self, request: dict[str, Any], place: Place) -> tuple[dict[str, Any], dict[str, Table]]:
        """What a batch wants of each table. Raises ServiceError."""
        wanted = request.get("RequestItems")
        if type(wanted) is not dict or not wanted:
            raise invalid(
                "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            )
        return wanted, {name: self._table({"TableName": name}, place) for name in wanted}
