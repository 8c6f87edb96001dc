"""How moto 5.2.5 hands the stream of a table to a function."""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction
from moto.core.utils import unix_time
from moto.dynamodb.models import DynamoDBBackend
from moto.events.models import EventPattern
from moto.sqs.models import sqs_backends

from local.console import say
from local.moto_differences import awslambda, iam
from local.moto_differences.deliveries import later
from local.moto_differences.patch import replace

_TRIES = 4
"""As often as a batch is handed over here, whatever the mapping says: nobody at a terminal waits for hours."""
_FIRST_GAP_S = 0.05
_READS = ("dynamodb:ListStreams", "dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords")

# One thread for all, so that records stay in order.
_pool = ThreadPoolExecutor(1, "stream")
# moto: counts from the same number again after each delivery. AWS: no two records of a shard have one number.
_numbers = itertools.count(100_000_000_000_000_000_001)
_of_transaction: ContextVar[list[tuple[Any, ...]] | None] = ContextVar("of_transaction", default=None)


def install() -> None:
    # moto: calls the function inside of the request that wrote the item, whatever FilterCriteria say, and never again.
    # AWS: calls it some time later with what a filter takes, and again from the first record that failed.
    def send(self: LambdaBackend, function_arn: str, items: list[Any], source: str) -> str:
        records = [_record(item.to_json(), source, self.region_name) for item in items]
        for mapping in list(self._event_source_mappings.values()):
            if (mapping.function_arn, mapping.event_source_arn) == (function_arn, source) and mapping.enabled:
                taken = [record for record in records if _takes(mapping, record)]
                function: Any = self._lambdas.get_arn(function_arn)
                if taken:
                    _send(function, mapping, taken)
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


def _send(function: LambdaFunction, mapping: EventSourceMapping, records: list[Any]) -> None:
    held = _of_transaction.get()
    if held is not None:
        held.append((function, mapping, records))
        return
    later(_pool, _deliver, function, mapping, records)


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
    return not filters or any(EventPattern.load(each["Pattern"]).matches_event(record) for each in filters)


def _deliver(function: LambdaFunction, mapping: EventSourceMapping, records: list[Any]) -> None:
    left = records
    # AWS reads the stream under the function's role, and makes no mapping for one that may not.
    if not all(iam.may(str(function.role), action, mapping.event_source_arn) for action in _READS):
        return
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_FIRST_GAP_S * 2**attempt)
        answer, error = awslambda._invoke(function, json.dumps({"Records": left}).encode())
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
