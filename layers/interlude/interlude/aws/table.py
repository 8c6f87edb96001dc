"""The one module that calls DynamoDB: requests, pages, and the two ways in which a write can lose.

The default is the table of runs; `data_stores` passes its own TableName.
"""

import random
import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from interlude.aws.clients import client
from interlude.aws.records import Item
from interlude.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

ATTEMPTS = 8


class Lost(Exception):
    """A write whose condition did not hold. `items` has the item that prevented each write, and None for a write whose
    own condition held.
    """

    def __init__(self, items: list[Item | None]) -> None:
        self.items = items
        super().__init__("a condition did not hold")


def get(keys: list[Item], table: str = "") -> list[Item]:
    """Up to 100 items in one consistent request, in no order, without the missing ones."""
    table = table or settings().table
    wanted: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}}
    found: list[Item] = []
    for attempt in range(ATTEMPTS):
        answer = client("dynamodb").batch_get_item(RequestItems=wanted)
        found += answer["Responses"].get(table, [])
        wanted = answer["UnprocessedKeys"]
        if not wanted:
            return found
        _back_off(attempt)
    raise TimeoutError(f"DynamoDB left {wanted} unread after {ATTEMPTS} requests")


def query(**arguments: Any) -> Iterator[Item]:
    """All items of a query; pages are read as needed."""
    for page in client("dynamodb").get_paginator("query").paginate(**_in_table(arguments)):
        yield from page["Items"]


def scan(**arguments: Any) -> Iterator[Item]:
    """All items of a table or an index; pages are read as needed."""
    for page in client("dynamodb").get_paginator("scan").paginate(**_in_table(arguments)):
        yield from page["Items"]


def page(**arguments: Any) -> tuple[list[Item], Item]:
    """One page of a query, and the key where it ended: empty at the end of the query."""
    answer = client("dynamodb").query(**_in_table(arguments))
    return answer["Items"], answer.get("LastEvaluatedKey", {})


def put(item: Item, **arguments: Any) -> None:
    """Raises Lost."""
    _write("put_item", Item=item, **arguments)


def update(key: Item, **arguments: Any) -> Item:
    """Returns the attributes that `ReturnValues` selects. Raises Lost."""
    attributes: Item = _write("update_item", Key=key, **arguments).get("Attributes", {})
    return attributes


def delete(key: Item, **arguments: Any) -> Item:
    """Returns the deleted item; empty if it did not exist."""
    item: Item = _write("delete_item", Key=key, ReturnValues="ALL_OLD", **arguments).get("Attributes", {})
    return item


def delete_all(keys: Iterator[Item], table: str) -> None:
    """Deletes any number of items, 25 in each request."""
    while batch := list(islice(keys, 25)):
        left: dict[str, Any] = {table: [{"DeleteRequest": {"Key": key}} for key in batch]}
        for attempt in range(ATTEMPTS):
            left = client("dynamodb").batch_write_item(RequestItems=left)["UnprocessedItems"]
            if not left:
                break
            _back_off(attempt)
        else:
            raise TimeoutError(f"DynamoDB left {len(left[table])} items undeleted after {ATTEMPTS} requests")


def transact(writes: "list[TransactWriteItemTypeDef]") -> None:
    """All or none of the writes. Raises Lost."""
    for attempt in range(ATTEMPTS):
        try:
            client("dynamodb").transact_write_items(TransactItems=writes)
            return
        except client("dynamodb").exceptions.TransactionCanceledException as cancelled:
            reasons = cancelled.response["CancellationReasons"]
            if any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons):
                raise Lost([cast("Item | None", reason.get("Item")) for reason in reasons]) from None
            # The SDK does not retry a conflict with another transaction, or a throttled transaction.
            if attempt == ATTEMPTS - 1:
                raise
        _back_off(attempt)


def _write(operation: str, **arguments: Any) -> Any:
    dynamodb = client("dynamodb")
    if "ConditionExpression" in arguments:
        arguments["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    for attempt in range(ATTEMPTS):
        try:
            return getattr(dynamodb, operation)(**_in_table(arguments))
        except dynamodb.exceptions.ConditionalCheckFailedException as failed:
            raise Lost([cast("Item | None", failed.response.get("Item"))]) from None
        except dynamodb.exceptions.TransactionConflictException:
            if attempt == ATTEMPTS - 1:
                raise
        _back_off(attempt)
    return None


def _in_table(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"TableName": settings().table, **arguments}


def _back_off(attempt: int) -> None:
    # With jitter, or two colliding writers would collide again.
    time.sleep(min(0.02 * 2**attempt, 1.0) * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
