"""BatchWriteItem: up to 25 writes, none of which depends on another. Calls writes."""

from typing import Any

from local.engine.items.capacity import Consumed
from local.engine.items.refusals import invalid, unreadable
from local.engine.items.tables import Table
from local.engine.items.writes import Plan, Writer, plan

_MAX_WRITES = 25


def write(writer: Writer, request: dict[str, Any], tables: dict[str, Table], consumed: Consumed) -> dict[str, Any]:
    """Answers BatchWriteItem. Raises ServiceError, and has then written nothing."""
    planned = [_plan(part, tables[name]) for name, parts in request.items() for part in parts]
    if not 1 <= len(planned) <= _MAX_WRITES:
        constraint = f"less than or equal to {_MAX_WRITES}" if planned else "greater than or equal to 1"
        raise invalid(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            f"Map value must satisfy constraint: [Member must have length {constraint}]"
        )
    targets = [each.target() for each in planned]
    if len({(each.table, target.key) for each, target in zip(planned, targets, strict=True)}) < len(planned):
        raise invalid("Provided list of item keys contains duplicates")
    with writer.store.transaction():
        steps = [writer.prepare(each, target) for each, target in zip(planned, targets, strict=True)]
        writer.do(steps)
    for step in steps if consumed.wanted else ():
        step.count(consumed)
    return {"UnprocessedItems": {}, **consumed.several()}


def _plan(part: Any, table: Table) -> Plan:
    if type(part) is not dict or len(part) != 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes"
        )
    ((kind, request),) = part.items()
    if kind == "PutRequest":
        return plan("Put", {"Item": request.get("Item")}, table)
    if kind == "DeleteRequest":
        return plan("Delete", {"Key": request.get("Key")}, table)
    raise unreadable("Unexpected field type")
