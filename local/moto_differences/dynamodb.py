"""How moto 5.2.5 makes tables; and how it writes and finds items, which it does where the engine is left out."""

import copy
import threading
from collections import defaultdict
from contextvars import ContextVar
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from local.moto_differences.patch import replace


def install() -> None:
    # moto: drops the TimeToLiveSpecification of a table in a template. AWS: deletes what has expired.
    create_table = Table.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create_table_with_expiry(cls: Any, name: str, definition: Any, *more: Any, **by_name: Any) -> Table:
        table: Table = create_table(cls, name, definition, *more, **by_name)
        expiry = definition["Properties"].get("TimeToLiveSpecification") or {}
        if str(expiry.get("Enabled")).lower() == "true":
            table.ttl = {"TimeToLiveStatus": "ENABLED", "AttributeName": expiry["AttributeName"]}
        return table

    replace(Table, "create_from_cloudformation_json", classmethod(create_table_with_expiry))

    # moto: evaluates a condition and writes without a lock. AWS: serialises the writes of an item, and transactions.
    lock = threading.RLock()
    call_action = DynamoHandler.call_action

    def call_action_alone(self: DynamoHandler) -> Any:
        with lock:
            return call_action(self)

    replace(DynamoHandler, "call_action", call_action_alone)

    # moto: finds nothing BETWEEN two ends that are the wrong way round. AWS: refuses the query.
    parse = responses.parse_expression  # type: ignore[attr-defined]

    def parse_in_order(*given: Any, **named: Any) -> Any:
        parsed = parse(*given, **named)
        for _, comparison, ends in parsed[1]:
            if comparison == "BETWEEN" and DynamoType(ends[1]) < DynamoType(ends[0]):
                raise MockValidationException(
                    "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or "
                    f"equal to lower bound; lower bound operand: {ends[0]}, upper bound operand: {ends[1]}"
                )
        return parsed

    replace(responses, "parse_expression", parse_in_order)

    # moto: copies the whole table before each transaction, so that a server slows down with every run.
    # AWS: keeps what the transaction touches.
    transact = DynamoDBBackend.transact_write_items

    def transact_with_small_backup(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        operations = [operation for item in transact_items for operation in item.values()]
        keys = [operation.get("Key") or operation.get("Item") or {} for operation in operations]
        token = _touched.set({DynamoType(value) for key in keys for value in key.values() if "S" in value})
        try:
            transact(self, transact_items)
        finally:
            _touched.reset(token)

    replace(DynamoDBBackend, "transact_write_items", transact_with_small_backup)
    Table.__deepcopy__ = _small_copy  # type: ignore[attr-defined]


_touched: ContextVar[set[DynamoType] | None] = ContextVar("touched", default=None)


def _small_copy(table: Any, memo: dict[int, Any]) -> Any:
    """A copy of a table that shares the items which a transaction can't reach; outside of one, a copy of all."""
    touched = _touched.get()
    clone = copy.copy(table)
    memo[id(table)] = clone
    if touched is None:
        clone.__dict__.update({name: copy.deepcopy(value, memo) for name, value in vars(table).items()})
        return clone
    clone.items = defaultdict(dict)
    for key, items in table.items.items():
        clone.items[key] = copy.deepcopy(items) if key in touched else items
    if table.stream_shard is not None:
        clone.stream_shard = copy.copy(table.stream_shard)
        clone.stream_shard.table, clone.stream_shard.items = clone, list(table.stream_shard.items)
    return clone
