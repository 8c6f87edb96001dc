"""local.moto_differences.streams: what a function sees of a table's stream is what it sees on AWS."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local import moto_differences
from local.deploy import deploy
from local.moto_differences import deliveries, streams

FIXTURE = Path(__file__).parents[2] / "local_template" / "template.yaml"


class Listened:
    """A table whose stream a function of the fixture's stack listens to, where the attribute `colour` is red."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.answer: Callable[[list[str]], tuple[bytes, str | None]] = lambda numbers: (b"null", None)
        """Told the sequence numbers of a batch."""
        deploy(FIXTURE, "http://127.0.0.1:3000")
        moto_differences.run_functions_with(self.invoke)
        self.dynamodb: Any = boto3.client("dynamodb", region_name="us-east-1")
        self.sqs: Any = boto3.client("sqs", region_name="us-east-1")
        self.queue = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        made = self.dynamodb.create_table(
            TableName="listened",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        functions: Any = boto3.client("lambda", region_name="us-east-1")
        functions.create_event_source_mapping(
            FunctionName="interlude-api",
            EventSourceArn=made["TableDescription"]["LatestStreamArn"],
            FilterCriteria={"Filters": [{"Pattern": '{"dynamodb": {"NewImage": {"colour": {"S": ["red"]}}}}'}]},
            FunctionResponseTypes=["ReportBatchItemFailures"],
            BisectBatchOnFunctionError=True,
            DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:dead"}},
        )

    def invoke(self, _name: str, _qualifier: str | None, payload: bytes) -> tuple[bytes, str | None]:
        records = json.loads(payload)["Records"]
        self.batches.append(records)
        return self.answer([record["dynamodb"]["SequenceNumber"] for record in records])

    def put(self, name: str, colour: str = "red") -> None:
        self.dynamodb.put_item(TableName="listened", Item=item(name, colour))

    def seen(self) -> list[list[str]]:
        """The names of the items in each batch, once nothing is on its way."""
        moto_differences.all_delivered()
        return [[record["dynamodb"]["Keys"]["pk"]["S"] for record in batch] for batch in self.batches]

    def names_of_last(self) -> set[str]:
        return {record["dynamodb"]["Keys"]["pk"]["S"] for record in self.batches[-1]}

    def dead(self) -> list[Any]:
        received = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in received]


def item(name: str, colour: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "colour": {"S": colour}}


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listened]:
    monkeypatch.setattr(streams, "_FIRST_GAP_S", 0)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield Listened()
        moto_differences.all_delivered()
        moto_differences.run_functions_with(None)


def test_a_function_gets_what_a_filter_of_its_mapping_takes(listened: Listened):
    """The item as it was after the change, and where in the stream the change is."""
    listened.put("sky", "blue")
    listened.put("rose")

    assert listened.seen() == [["rose"]]
    [[record]] = listened.batches
    assert (record["eventName"], record["eventSource"], record["awsRegion"]) == ("INSERT", "aws:dynamodb", "us-east-1")
    assert record["dynamodb"]["NewImage"] == item("rose", "red")
    assert record["dynamodb"]["StreamViewType"] == "NEW_IMAGE"
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
    assert "/stream/" in record["eventSourceARN"]


def test_a_transaction_is_in_the_stream_only_when_it_is_committed(listened: Listened):
    """Neither the write that would have gone through, nor the one whose condition failed."""
    listened.put("taken")
    writes = [{"Put": {"TableName": "listened", "Item": item(name, "red")}} for name in ("new", "taken")]
    writes[1]["Put"]["Item"]["size"] = {"N": "2"}
    writes[1]["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"

    with suppress(listened.dynamodb.exceptions.TransactionCanceledException):
        listened.dynamodb.transact_write_items(TransactItems=writes)
    assert listened.seen() == [["taken"]]

    del writes[1]["Put"]["ConditionExpression"]
    listened.dynamodb.transact_write_items(TransactItems=writes)
    assert [name for batch in listened.seen() for name in batch] == ["taken", "new", "taken"]


def test_what_failed_comes_again_before_what_was_written_later(listened: Listened):
    """As often as it takes, up to a limit; then the function gets on with the rest."""
    answers = iter([b'{"batchItemFailures": [{"itemIdentifier": "%s"}]}', b'{"batchItemFailures": []}'])
    listened.answer = lambda numbers: (next(answers, b"{}").replace(b"%s", numbers[0].encode()), None)

    listened.put("first")
    listened.put("second")

    assert listened.seen() == [["first"], ["first"], ["second"]]
    first, again, second = (batch[0]["dynamodb"]["SequenceNumber"] for batch in listened.batches)
    assert first == again < second
    assert listened.dead() == []


def test_records_that_come_together_are_halved_where_one_fails(listened: Listened):
    """As the mapping asks for: the others reach the function."""
    listened.answer = lambda numbers: (b"{}", "Unhandled" if listened.names_of_last() & {"bad"} else None)

    written = threading.Event()
    with streams.polled(0.001):
        # Nothing is delivered before.
        streams._pool.submit(written.wait)
        for name in ("one", "bad", "two", "three"):
            listened.put(name)
        written.set()
        moto_differences.all_delivered()

    assert listened.seen()[0] == ["one", "bad", "two", "three"]
    assert [batch for batch in listened.seen() if "bad" not in batch] == [["one"], ["two", "three"]]
    assert [dead["DDBStreamBatchInfo"]["batchSize"] for dead in listened.dead()] == [1]


@pytest.mark.parametrize(
    "answer",
    [(b'{"errorType": "KeyError"}', "Unhandled"), (b'{"batchItemFailures": [{"itemIdentifier": "none"}]}', None)],
    ids=["error", "unknown number"],
)
def test_what_fails_each_time_is_told_to_the_queue(
    listened: Listened, capsys: pytest.CaptureFixture[str], answer: tuple[bytes, str | None]
):
    """By its place in the stream, not by what it holds."""
    listened.answer = lambda numbers: answer
    listened.put("rose")

    assert listened.seen() == [["rose"]] * 4
    [dead] = listened.dead()
    assert dead["DDBStreamBatchInfo"]["batchSize"] == 1
    number = listened.batches[0][0]["dynamodb"]["SequenceNumber"]
    assert dead["DDBStreamBatchInfo"]["startSequenceNumber"] == number
    assert "rose" not in json.dumps(dead)
    assert "interlude-api failed 4 times, and does not get 1 changes of its table." in capsys.readouterr().out


@pytest.mark.skipif(os.environ.get("MOTO_REFERENCE") == "1", reason="moto alone keeps nothing")
def test_what_was_on_its_way_when_a_server_was_killed_is_delivered_by_the_next_one(monkeypatch: pytest.MonkeyPatch):
    """To the same function, though its mapping and the stream are new ones there."""
    with mock_aws(), monkeypatch.context() as killed:
        killed.setattr(deliveries, "later", lambda *_: None)
        first = Listened()
        first.put("rose")
        assert first.seen() == []
        [(message,)] = deliveries._store.rows("SELECT message FROM deliveries")

    with mock_aws():
        second = Listened()
        assert deliveries._store.rows("SELECT message FROM deliveries") == [(message,)]
        deliveries.resume()
        assert second.seen() == [["rose"]]
        moto_differences.run_functions_with(None)
