"""Query and Scan: a page of a table or of an index. Calls rows, key_conditions, projections and capacity.

A page ends after 1 MB, or after as many items as Limit says, before the filter looks at them. It then has a key to go
on from, even if nothing follows.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from local.engine.items import expressions, key_conditions, keys, projections
from local.engine.items.capacity import Consumed
from local.engine.items.conditions import Condition
from local.engine.items.key_conditions import Range
from local.engine.items.keys import Key
from local.engine.items.reader import Expression
from local.engine.items.reads import Paths, shown
from local.engine.items.refusals import invalid, invalid_value
from local.engine.items.rows import Found, Rows
from local.engine.items.scope import Scope
from local.engine.items.tables import Attribute, Index, Table
from local.engine.items.values import Item, check_item

_PAGE_BYTES = 1024 * 1024
_SELECTS = ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")


@dataclass(frozen=True)
class _Page:
    """What a request wants of the rows that it comes to."""

    table: Table
    index: Index | None
    filter: Expression[Condition] | None
    scope: Scope
    paths: Paths
    count_only: bool
    whole_items: bool
    """Whether attributes of an item are there that the index does not have: those of a local one are fetched."""
    limit: int | None
    consistent: bool

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The key attributes of what is read, with those of the table."""
        return (*self.table.attributes, *(self.index.attributes if self.index else ()))

    def item(self, row: Found) -> tuple[Item, int]:
        """An item and its size, as the table or the index has it."""
        item: Item = json.loads(row.text)
        if not self.index or self.index.projection is None or self.whole_items:
            return item, row.size
        projected = self.index.project(item)
        return projected, check_item(projected)


class Pages:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def query(self, request: dict[str, Any], table: Table) -> dict[str, Any]:
        """Answers Query. Raises ServiceError."""
        expressions.refuse_legacy(request)
        parameter = key_conditions.PARAMETER
        condition = expressions.condition(request, parameter)
        if condition is None:
            raise invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
            )
        page = _page(request, table, condition)
        hashes, ranges = (page.index.hash, page.index.range) if page.index else (table.hash, table.range)
        _check_filter(page, (*hashes, *ranges))
        wanted = key_conditions.key_range(condition.root, page.scope, hashes, ranges)
        start = _start(request, page)
        if start and not _is_within(start, wanted):
            raise invalid("The provided starting key is outside query boundaries based on provided conditions")
        forward = request.get("ScanIndexForward", True) is not False
        handle = self._rows.handles.of(table)
        rows = self._rows.between(handle, page.index, wanted, start.range if start else None, forward=forward)
        return _answer(request, page, rows)

    def scan(self, request: dict[str, Any], table: Table) -> dict[str, Any]:
        """Answers Scan. Raises ServiceError."""
        expressions.refuse_legacy(request)
        page = _page(request, table, None)
        segment = _segment(request)
        rows = self._rows.all(self._rows.handles.of(table), page.index, _start(request, page))
        return _answer(request, page, rows, segment)


def _answer(
    request: dict[str, Any],
    page: _Page,
    rows: AbstractContextManager[Iterable[Found]],
    segment: tuple[int, int] | None = None,
) -> dict[str, Any]:
    consumed = Consumed(request)
    items: list[Item] = []
    count = scanned = size = 0
    last: Item | None = None
    ended_early = False
    with rows as found:
        for row in _of_segment(found, segment):
            item, item_size = page.item(row)
            if scanned and size + item_size > _PAGE_BYTES:
                ended_early = True
                break
            size, scanned, last = size + item_size, scanned + 1, item
            if page.filter is None or page.filter.root.holds(item, page.scope):
                count += 1
                if not page.count_only:
                    items.append(shown(item, page.paths))
            if scanned == page.limit:
                ended_early = True
                break
    answer: dict[str, Any] = {"Count": count, "ScannedCount": scanned}
    if not page.count_only:
        answer["Items"] = items
    if ended_early and last is not None:
        answer["LastEvaluatedKey"] = {attribute.name: last[attribute.name] for attribute in page.attributes}
    if consumed.wanted:
        consumed.read(page.table, size, page.index, consistent=page.consistent)
        answer |= consumed.one()
    return answer


def _of_segment(rows: Iterable[Found], segment: tuple[int, int] | None) -> Iterator[Found]:
    for row in rows:
        if segment is None or zlib.crc32(row.hash) % segment[1] == segment[0]:
            yield row


def _page(request: dict[str, Any], table: Table, condition: Expression[Condition] | None) -> _Page:
    index = _index(request, table)
    consistent = bool(request.get("ConsistentRead"))
    if index and index.is_global and consistent:
        raise invalid("Consistent reads are not supported on global secondary indexes")
    item_filter = expressions.condition(request, "FilterExpression")
    projection = expressions.read(request, "ProjectionExpression", projections.parse)
    scope = expressions.scope(request, (condition, item_filter, projection))
    if item_filter:
        item_filter.root.check(scope, item_filter.parameter)
    paths = projections.resolve(projection.root, scope) if projection else None
    select = _select(request, index, paths)
    return _Page(
        table=table,
        index=index,
        filter=item_filter,
        scope=scope,
        paths=paths,
        count_only=select == "COUNT",
        whole_items=bool(index and not index.is_global and (paths is not None or select == "ALL_ATTRIBUTES")),
        limit=_limit(request),
        consistent=consistent,
    )


def _index(request: dict[str, Any], table: Table) -> Index | None:
    name = request.get("IndexName")
    if name is None:
        return None
    for index in table.indexes:
        if index.name == name:
            return index
    raise invalid(f"The table does not have the specified index: {name}")


def _limit(request: dict[str, Any]) -> int | None:
    limit = request.get("Limit")
    if limit is not None and (type(limit) is not int or limit < 1):
        raise invalid(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )
    return limit


def _select(request: dict[str, Any], index: Index | None, paths: Paths) -> str | None:
    select = request.get("Select")
    if select is not None and select not in _SELECTS:
        raise invalid(
            f"1 validation error detected: Value '{select}' at 'select' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(_SELECTS)}]"
        )
    if select == "SPECIFIC_ATTRIBUTES" and paths is None:
        raise invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if select not in (None, "SPECIFIC_ATTRIBUTES") and paths is not None:
        what = "only the Count" if select == "COUNT" else select
        raise invalid(f"Cannot specify the ProjectionExpression when choosing to get {what}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and index is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    if index and index.is_global and index.projection is not None:
        if select == "ALL_ATTRIBUTES":
            raise invalid_value(
                f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} because its "
                "projection type is not ALL"
            )
        missing = [str(path[0]) for path in paths or () if path[0] not in index.projection]
        if missing:
            raise invalid_value(f"Global secondary index {index.name} does not project {', '.join(missing)}")
    return str(select) if select else None


def _check_filter(page: _Page, attributes: tuple[Attribute, ...]) -> None:
    """The filter of a Query may not ask for what the key condition is for."""
    if not page.filter:
        return
    names = {attribute.name for attribute in attributes}
    for path in page.filter.paths:
        name = page.scope.resolve(path)[0]
        if name in names:
            raise invalid(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _start(request: dict[str, Any], page: _Page) -> Key | None:
    """The key of the row that the page begins behind."""
    given = request.get("ExclusiveStartKey")
    if given is None:
        return None
    if type(given) is not dict or given.keys() != {attribute.name for attribute in page.attributes}:
        raise invalid("The provided starting key is invalid")
    check_item(given)
    if not all(attribute.kind in given[attribute.name] for attribute in page.attributes):
        raise invalid("The provided starting key is invalid")
    own = keys.primary(page.table, given)
    return keys.entry(page.index, given, own) if page.index else own


def _is_within(start: Key, wanted: Range) -> bool:
    return start.hash == wanted.hash


def _segment(request: dict[str, Any]) -> tuple[int, int] | None:
    segment, total = request.get("Segment"), request.get("TotalSegments")
    if segment is None and total is None:
        return None
    if total is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present"
        )
    if segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present"
        )
    if not 0 <= segment < total:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )
    return segment, total
