"""GetItem, BatchGetItem and TransactGetItems. Calls rows, projections and capacity."""

from typing import Any

from local.engine.items import expressions, keys, projections
from local.engine.items.capacity import Consumed
from local.engine.items.refusals import invalid, unreadable
from local.engine.items.rows import Row, Rows
from local.engine.items.scope import Step
from local.engine.items.tables import Table
from local.engine.items.values import Item

_MAX_KEYS = 100
_MAX_BYTES = 16 * 1024 * 1024

Paths = list[tuple[Step, ...]] | None
"""Those that a projection leaves; None for all."""


def projection(request: dict[str, Any]) -> Paths:
    """Raises ServiceError."""
    expressions.refuse_legacy(request)
    expression = expressions.read(request, "ProjectionExpression", projections.parse)
    scope = expressions.scope(request, (expression,))
    return projections.resolve(expression.root, scope) if expression else None


def shown(item: Item, paths: Paths) -> Item:
    return item if paths is None else projections.project(item, paths)


class Reader:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, request: dict[str, Any], table: Table, consumed: Consumed, *, consistent: bool) -> dict[str, Any]:
        """The item that GetItem, or a part of TransactGetItems, asks for. Raises ServiceError."""
        paths = projection(request)
        row = self._row(table, request.get("Key"))
        consumed.read(table, row.size if row else 0, consistent=consistent)
        return {"Item": shown(row.item, paths)} if row else {}

    def _row(self, table: Table, key: Any) -> Row | None:
        return self._rows.get(self._rows.handles.of(table), keys.named(table, key))

    def batch(self, request: dict[str, dict[str, Any]], tables: dict[str, Table], consumed: Consumed) -> dict[str, Any]:
        """Answers BatchGetItem: what is beyond 16 MB is left unprocessed. Raises ServiceError."""
        responses: dict[str, list[Item]] = {}
        unprocessed: dict[str, Any] = {}
        left_bytes = _MAX_BYTES
        if sum(len(_keys(part)) for part in request.values()) > _MAX_KEYS:
            raise invalid("Too many items requested for the BatchGetItem call")
        for name, part in request.items():
            table, paths = tables[name], projection(part)
            responses[name] = []
            for position, row in enumerate(self._rows_of(table, _keys(part))):
                consumed.read(table, row.size if row else 0, consistent=bool(part.get("ConsistentRead")))
                left_bytes -= row.size if row else 0
                if left_bytes < 0:
                    unprocessed[name] = {**part, "Keys": part["Keys"][position:]}
                    break
                if row:
                    responses[name].append(shown(row.item, paths))
        return {"Responses": responses, "UnprocessedKeys": unprocessed, **consumed.several()}

    def _rows_of(self, table: Table, wanted: list[Any]) -> list[Row | None]:
        found = [keys.named(table, key) for key in wanted]
        if len(set(found)) < len(found):
            raise invalid("Provided list of item keys contains duplicates")
        handle = self._rows.handles.of(table)
        return [self._rows.get(handle, key) for key in found]


def _keys(part: Any) -> list[Any]:
    wanted = part.get("Keys") if type(part) is dict else None
    if type(wanted) is not list:
        raise unreadable("Unexpected field type")
    if not 1 <= len(wanted) <= _MAX_KEYS:
        constraint = f"less than or equal to {_MAX_KEYS}" if wanted else "greater than or equal to 1"
        raise invalid(
            "1 validation error detected: Value at 'requestItems.member.keys' failed to satisfy constraint: "
            f"Member must have length {constraint}"
        )
    return wanted
