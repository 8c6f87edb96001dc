"""What becomes of the ends of runs that the function Failures could not tell."""

from typing import Any

import pytest

from local.template import Translated

QUEUE = {"Fn::GetAtt": ["DeadFailures", "Arn"]}


def test_what_the_function_could_not_do_goes_to_a_queue(translated: Translated):
    """Lambda calls it twice more; the message has the event and the error of the last call."""
    [(_, config)] = translated.of_type("AWS::Lambda::EventInvokeConfig")

    assert config["Properties"] == {
        "FunctionName": {"Ref": "Failures"},
        "Qualifier": "$LATEST",
        "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
    }


def test_what_never_reached_the_function_goes_there_too(resources: dict[str, Any]):
    """EventBridge gives up after 24 hours, or at once where it may not call."""
    [target] = resources["FailuresEnded"]["Properties"]["Targets"]

    assert target["DeadLetterConfig"] == {"Arn": QUEUE}


def test_only_that_rule_may_send_to_the_queue(resources: dict[str, Any]):
    """EventBridge sends without a role, so the queue says who may."""
    policy = resources["DeadFailuresPolicy"]["Properties"]

    assert policy["Queues"] == [{"Ref": "DeadFailures"}]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": QUEUE,
            "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["FailuresEnded", "Arn"]}}},
        }
    ]


def test_no_event_is_lost_that_a_rule_takes(translated: Translated):
    """Neither on its way nor in the function, which is called asynchronously. A schedule comes again by itself."""
    configs = [config["Properties"] for _, config in translated.of_type("AWS::Lambda::EventInvokeConfig")]
    kept = {config["FunctionName"]["Ref"] for config in configs if "OnFailure" in config["DestinationConfig"]}
    rules = [rule["Properties"] for _, rule in translated.of_type("AWS::Events::Rule")]
    targets = [target for rule in rules if "EventPattern" in rule for target in rule["Targets"]]

    assert {target["Arn"]["Fn::GetAtt"][0] for target in targets} == kept == {"Failures"}
    assert all("DeadLetterConfig" in target for target in targets)


@pytest.mark.parametrize("queue", ["DeadFailures", "DeadWakeups"])
def test_each_queue_is_encrypted_kept_for_14_days_and_rings_at_its_first_message(resources: dict[str, Any], queue: str):
    """As long as SQS can. An empty queue, which tells no numbers after a while, rings no bell."""
    alarm = resources[f"{queue}Alarm"]["Properties"]

    assert resources[queue]["Properties"] == {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["AlarmActions"]["Fn::If"][:2] == ["SendsMail", [{"Ref": "Alarms"}]]
