"""Which changes of the table call the function Wakeups, and what becomes of those that fail."""

from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern

from local.template import Translated, load
from tests.template.test_permissions import statements
from tests.unit.stream_records import RUN_ID, TTL, ended_wait, expired, record, removed, retried, stopped

PROJECT = Path(__file__).parents[2]

RUN = {"pk": {"S": f"RUN#{RUN_ID}"}, "sk": {"S": "RUN"}, "status": {"S": "paused"}}
STEP = {"pk": {"S": f"RUN#{RUN_ID}"}, "sk": {"S": "STEP#0000"}, "status": {"S": "paused"}}


@pytest.fixture
def mapping(resources: dict[str, Any]) -> dict[str, Any]:
    """The event source mapping that SAM makes of the function's event."""
    found: dict[str, Any] = resources["WakeupsChanged"]["Properties"]
    return found


def called(mapping: dict[str, Any], change: dict[str, Any]) -> bool:
    filters = mapping["FilterCriteria"]["Filters"]
    return any(EventPattern.load(each["Pattern"]).matches_event(change) for each in filters)


def test_the_stream_tells_an_item_as_it_is_after_a_change(resources: dict[str, Any], mapping: dict[str, Any]):
    """A wait's outcome and its token; the image before would double what is read, and says nothing more."""
    assert resources["Runs"]["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["Runs", "StreamArn"]}
    assert mapping["FunctionName"] == {"Ref": "Wakeups"}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("outcome", ["resumed", "cancelled"])
def test_a_parked_wait_that_somebody_ends_calls_the_function(mapping: dict[str, Any], outcome: str):
    """Whichever of token and outcome was written last."""
    assert called(mapping, ended_wait(outcome={"S": outcome}))


def test_a_run_that_expires_calls_the_function(mapping: dict[str, Any]):
    """The TTL's deletion of its own item."""
    assert called(mapping, expired())


@pytest.mark.parametrize("change", [stopped(), retried()], ids=["stopped", "retried"])
def test_a_run_that_was_stopped_or_retried_calls_the_function(mapping: dict[str, Any], change: dict[str, Any]):
    """Its execution may still have to be stopped, or started."""
    assert called(mapping, change)


@pytest.mark.parametrize(
    "change",
    [
        ended_wait(outcome=None),
        ended_wait(task_token=None),
        ended_wait(outcome={"S": "elapsed"}),
        removed("RUN"),
        removed("STEP#0000", userIdentity=TTL),
        removed("WAIT#0.1", userIdentity=TTL),
        record("1", "INSERT", RUN),
        record("1", "MODIFY", RUN),
        record("1", "MODIFY", {**RUN, "status": {"S": "cancelled"}}),
        record("1", "MODIFY", {**RUN, "retried": {"S": "{}"}, "from_turn": {"N": "3"}}),
        record("1", "INSERT", STEP),
    ],
    ids=[
        "parked",
        "ended before",
        "elapsed",
        "deleted",
        "step",
        "wait",
        "begun",
        "paused",
        "cancelled by a link",
        "was retried",
        "stored",
    ],
)
def test_what_a_run_writes_while_it_goes_on_calls_nobody(mapping: dict[str, Any], change: dict[str, Any]):
    """A run that nobody resumes or cancels costs no invocation before it expires."""
    assert not called(mapping, change)


def test_what_fails_comes_again_while_the_stream_has_it_and_then_goes_to_a_queue(mapping: dict[str, Any]):
    """The function names the records that failed; an error in a batch of several splits it."""
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert 3600 <= mapping["MaximumRecordAgeInSeconds"] < 86_400
    assert 0 < mapping["MaximumRetryAttempts"] <= 10_000
    assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["DeadWakeups", "Arn"]}}}


def test_a_shard_takes_two_of_the_calls_that_an_account_may_make_at_once(mapping: dict[str, Any]):
    """A new account may make about 10, steps and links included."""
    assert mapping["ParallelizationFactor"] == 2


def test_the_queue_is_encrypted_and_keeps_what_it_gets_for_14_days(resources: dict[str, Any]):
    """As long as SQS can."""
    queue = resources["DeadWakeups"]["Properties"]

    assert queue == {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}


def test_the_first_message_in_the_queue_raises_an_alarm(resources: dict[str, Any]):
    """And an empty queue, which tells no numbers after a while, none."""
    alarm = resources["DeadWakeupsAlarm"]["Properties"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadWakeups", "QueueName"]}}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["TreatMissingData"] == "notBreaching"


def test_the_alarm_mails_the_notify_address_if_there_is_one(resources: dict[str, Any], source: dict[str, Any]):
    """A stack without one has the alarm and no topic."""
    actions = source["Resources"]["DeadWakeupsAlarm"]["Properties"]["AlarmActions"]
    without: Translated = load(PROJECT / "template.yaml", {}, "us-east-1")

    assert actions == {"Fn::If": ["SendsMail", [{"Ref": "Alarms"}], {"Ref": "AWS::NoValue"}]}
    assert resources["Alarms"]["Properties"] == {
        "Subscription": [{"Protocol": "email", "Endpoint": {"Ref": "NotifyAddress"}}]
    }
    assert without.template["Resources"]["Alarms"]["Condition"] == "SendsMail"


def test_the_function_lists_the_objects_of_runs_only(resources: dict[str, Any]):
    """ListBucket is for a bucket; the condition makes it for runs/."""
    [policy] = resources["WakeupsRole"]["Properties"]["Policies"]
    conditional = [each for each in statements(policy["PolicyDocument"]) if "Condition" in each]

    assert [(each["Action"], each["Condition"]) for each in conditional] == [
        ("s3:ListBucket", {"StringLike": {"s3:prefix": "runs/*"}})
    ]
