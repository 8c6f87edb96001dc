"""How the stream of a table reaches a function: from the engine's items, or from moto 5.2.5's where they are moto's."""

import itertools
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction, lambda_backends
from moto.core.utils import unix_time
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.events.models import EventPattern
from moto.sqs.models import sqs_backends

from local.console import say
from local.engine.items.changes import Change
from local.engine.items.values import check_item
from local.moto_differences import awslambda, iam
from local.moto_differences.deliveries import deliver_by, gather_for, send
from local.moto_differences.patch import replace
from local.moto_differences.patterns import matches

POLL_S = 0.2
"""Lambda reads a stream four times a second, and what was written meanwhile comes to the function together."""

_TRIES = 4
"""As often as a batch is handed over here, whatever the mapping says: nobody at a terminal waits for hours."""
_FIRST_GAP_S = 0.05
_READS = ("dynamodb:ListStreams", "dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords")

# One thread for all, so that records stay in order.
_pool = ThreadPoolExecutor(1, "stream")
# moto: counts from the same number again after each delivery. AWS: no two records of a shard have one number; here that
# holds for two processes, too.
_numbers = itertools.count(time.time_ns() * 100)
_of_transaction: ContextVar[list[tuple[Any, ...]] | None] = ContextVar("of_transaction", default=None)


def install() -> None:
    deliver_by("stream", _pool, _deliver)

    # moto: calls the function inside of the request that wrote the item, whatever FilterCriteria say, and never again.
    # AWS: calls it some time later with what a filter takes, and again from the first record that failed.
    def send(self: LambdaBackend, function_arn: str, items: list[Any], source: str) -> str:
        records = [_record(item.to_json(), source, self.region_name) for item in items]
        for mapping in list(self._event_source_mappings.values()):
            if (mapping.function_arn, mapping.event_source_arn) == (function_arn, source) and mapping.enabled:
                taken = [record for record in records if _takes(mapping, record)]
                if taken:
                    _send(mapping, taken)
        return "taken"  # or moto would send them once more with the next

    replace(LambdaBackend, "send_dynamodb_items", send)

    # moto: also what a transaction has written that is then undone. AWS: what has been committed.
    transact = DynamoDBBackend.transact_write_items

    def transact_and_send(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        held: list[tuple[Any, ...]] = []
        before = _of_transaction.set(held)
        try:
            transact(self, transact_items)
        finally:
            _of_transaction.reset(before)
        for arguments in held:
            _send(*arguments)

    replace(DynamoDBBackend, "transact_write_items", transact_and_send)


@contextmanager
def polled(gap_s: float = POLL_S) -> Iterator[None]:
    """Inside, records come some time after they were written. Outside, as in most tests, each comes at once."""
    gather_for("stream", gap_s)
    try:
        yield
    finally:
        gather_for("stream", 0)


def hand_over(changes: list[Change]) -> None:
    """Has functions called, some time later, with what was written to the tables that they listen to.

    Called in the transaction that writes it. A table that no function listens to costs nothing.
    """
    by_mapping: dict[str, tuple[EventSourceMapping, list[Any]]] = {}
    for change in changes:
        mappings = _mappings(change)
        record = record_of(change) if mappings else None
        for mapping in mappings:
            shown = {**record, "eventSourceARN": mapping.event_source_arn}  # type: ignore[dict-item]
            if _takes(mapping, shown):
                by_mapping.setdefault(mapping.uuid, (mapping, []))[1].append(shown)
    for mapping, records in by_mapping.values():
        send("stream", _message(mapping, records))


def _mappings(change: Change) -> list[EventSourceMapping]:
    """The mappings of a table's stream that are enabled."""
    account, region = change.table.place
    table = dynamodb_backends[account][region].tables.get(change.table.name)
    if table is None or not table.lambda_event_source_mappings:
        return []
    arn = f"{table.table_arn}/stream/{table.latest_stream_label}"
    known = list(lambda_backends[account][region]._event_source_mappings.values())
    return [mapping for mapping in known if mapping.event_source_arn == arn and mapping.enabled]


def record_of(change: Change) -> dict[str, Any]:
    """A record of the stream as Lambda shows it, but for the stream's ARN."""
    view = str(change.table.stream)
    images = {}
    if change.new is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        images["NewImage"] = change.new
    if change.old is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        images["OldImage"] = change.old
    event = "INSERT" if change.old is None else "REMOVE" if change.new is None else "MODIFY"
    record = {
        "eventID": f"{next(_numbers):032x}",
        "eventName": event,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": change.table.place.region,
        "dynamodb": {
            "ApproximateCreationDateTime": change.at_ms / 1000,
            "Keys": change.keys,
            **images,
            "SequenceNumber": str(next(_numbers)),
            "SizeBytes": check_item(change.keys) + sum(check_item(image) for image in images.values()),
            "StreamViewType": view,
        },
    }
    if change.expired:
        record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    return record


def _send(mapping: EventSourceMapping, records: list[Any]) -> None:
    held = _of_transaction.get()
    if held is not None:
        held.append((mapping, records))
        return
    send("stream", _message(mapping, records))


def _message(mapping: EventSourceMapping, records: list[Any]) -> dict[str, Any]:
    """Names the mapping as the next process finds it: that has made it anew, and the stream, too."""
    return {
        "account": mapping.account_id,
        "region": mapping.region,
        "function": mapping.function_arn,
        "table": _table(mapping),
        "records": records,
    }


def _table(mapping: EventSourceMapping) -> str:
    """The ARN of the table whose stream it reads."""
    return str(mapping.event_source_arn).partition("/stream/")[0]


def _record(written: dict[str, Any], source: str, region: str) -> dict[str, Any]:
    """A record of the stream as Lambda shows it."""
    change = {**written["dynamodb"]}
    change["ApproximateCreationDateTime"] = unix_time(change["ApproximateCreationDateTime"])
    change["SequenceNumber"] = str(next(_numbers))
    return json.loads(  # type: ignore[no-any-return]
        json.dumps({**written, "awsRegion": region, "dynamodb": change, "eventSourceARN": source})
    )


def _takes(mapping: EventSourceMapping, record: Any) -> bool:
    filters = (mapping.filter_criteria or {}).get("Filters", [])
    return not filters or any(matches(_pattern(each["Pattern"]), record) for each in filters)


_pattern = lru_cache(maxsize=256)(EventPattern.load)


def _deliver(messages: list[dict[str, Any]]) -> None:
    """Hands over the records of all messages, in their order, those of one mapping together."""
    records: dict[tuple[str, str, str, str], list[Any]] = {}
    for message in messages:
        place = message["account"], message["region"], message["function"], message["table"]
        records.setdefault(place, []).extend(message["records"])
    for (account, region, function_arn, table), of_mapping in records.items():
        backend = lambda_backends[account][region]
        for mapping in list(backend._event_source_mappings.values()):
            if (mapping.function_arn, _table(mapping)) == (function_arn, table):
                function: Any = backend.get_function(mapping.function_arn)
                for begin in range(0, len(of_mapping), mapping.batch_size):
                    _hand(function, mapping, of_mapping[begin : begin + mapping.batch_size])


def _hand(function: LambdaFunction, mapping: EventSourceMapping, records: list[Any]) -> None:
    left = records
    # AWS reads the stream under the function's role, and makes no mapping for one that may not.
    if not all(iam.may(str(function.role), action, mapping.event_source_arn) for action in _READS):
        return
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_FIRST_GAP_S * 2**attempt)
        answer, error = awslambda._invoke(function, json.dumps({"Records": left}).encode())
        if error and mapping.bisect_on_error and len(left) > 1:
            half = len(left) // 2
            _hand(function, mapping, left[:half])
            _hand(function, mapping, left[half:])
            return
        left = left if error else _from_first_failed(mapping, left, answer)
        if not left:
            return
    say(f"{function.function_name} failed {_TRIES} times, and does not get {len(left)} changes of its table.")
    _bury(mapping, left, str(function.role))


def _from_first_failed(mapping: EventSourceMapping, records: list[Any], answer: bytes) -> list[Any]:
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return []
    failed = {each["itemIdentifier"] for each in (json.loads(answer) or {}).get("batchItemFailures") or []}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    # A number that none of the records has is taken for a failure of all.
    first = min((numbers.index(number) if number in numbers else 0 for number in failed), default=len(records))
    return records[first:]


def _bury(mapping: EventSourceMapping, records: list[Any], role: str) -> None:
    """Tells the mapping's queue where in the stream the records are, as AWS does under the role: not what they hold."""
    on_failure = (mapping.destination_config or {}).get("OnFailure", {}).get("Destination", "")
    _, _, service, region, account, name = [*on_failure.split(":", 5), *[""] * 6][:6]
    if service == "sqs" and iam.may(role, "sqs:SendMessage", on_failure):
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        told = {
            "requestContext": {"condition": "RetryAttemptsExhausted", "functionArn": mapping.function_arn},
            "DDBStreamBatchInfo": {
                "startSequenceNumber": numbers[0],
                "endSequenceNumber": numbers[-1],
                "batchSize": len(records),
                "streamArn": mapping.event_source_arn,
            },
        }
        sqs_backends[account][region].send_message(name, json.dumps(told))
