"""An API that dies between a click and the wake-up, as seen from outside."""

import re
from typing import Any

import boto3
import pytest

from tests.waiting import eventually

from .client import Interlude, exports
from .server import Server


@pytest.fixture
def dynamodb(server: Server) -> Any:
    """The local server's own DynamoDB."""
    endpoint = re.search(r"--endpoint-url (\S+) ", server.log)
    assert endpoint
    return boto3.client(
        "dynamodb", "us-east-1", endpoint_url=endpoint[1], aws_access_key_id="x", aws_secret_access_key="x"
    )


def test_a_click_that_nobody_told_the_run_of_is_told_by_the_stream(
    own_steps: Interlude, server: Server, dynamodb: Any
) -> None:
    """What the API writes first, and nothing of what it does then: the real function wakes the run."""
    run = own_steps.start("approval", {"document": "The plan"})
    run.links()
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "Runs" in name]
    key = {"pk": {"S": f"RUN#{run.id}"}, "sk": {"S": "WAIT#0.1"}}
    eventually(
        lambda: dynamodb.get_item(TableName=table, Key=key).get("Item", {}), lambda item: "task_token" in item, ""
    )

    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET outcome = :outcome, outcome_at = :at, callback = :callback",
        ConditionExpression="attribute_not_exists(outcome)",
        ExpressionAttributeValues={
            ":outcome": {"S": "resumed"},
            ":at": {"S": "2026-11-22T16:14:00.123Z"},
            ":callback": {"M": {"text": {"S": '{"body":"yes"}'}}},
        },
    )

    assert exports(run.until("succeeded"), "ask")["$resume_data"] == {"body": "yes"}
    eventually(
        lambda: server.log, lambda log: re.search(r"^wakeups \d+ ms ok$", log, re.MULTILINE), "the function's line"
    )
