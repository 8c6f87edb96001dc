"""local.moto_differences.events: what becomes of an event under mock_aws is what becomes of it on AWS."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local import moto_differences, schedules
from local.deploy import deploy
from local.errors import LocalError
from local.moto_differences import deliveries
from tests.waiting import until

FIXTURE = Path(__file__).parents[2] / "local_template" / "template.yaml"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:interlude-api"


class Bus:
    """The fixture's stack, and a function that keeps what it is called with."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.stack = deploy(FIXTURE, "http://127.0.0.1:3000")
        self.events: Any = boto3.client("events", region_name="us-east-1")
        self.states: Any = boto3.client("stepfunctions", region_name="us-east-1")
        self.machine = self.stack.state_machines["interlude-machine"]
        moto_differences.run_functions_with(self.invoke)

    def invoke(self, name: str, _qualifier: str | None, payload: bytes) -> tuple[bytes, str | None]:
        if name == "interlude-api":
            self.calls.append(json.loads(payload))
        return payload, None

    def rule(self, name: str = "rule", pattern: Any = None, *, target: str = FUNCTION, **more: Any) -> None:
        state = more.pop("state", "ENABLED")
        wanted = {"EventPattern": json.dumps(pattern or {"source": ["shop"]})}
        if "ScheduleExpression" in more:
            wanted = {"ScheduleExpression": more.pop("ScheduleExpression")}
        self.events.put_rule(Name=name, State=state, **wanted)
        self.events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **more}])

    def put(self, **detail: Any) -> str:
        entry = {"Source": "shop", "DetailType": "Order", "Detail": json.dumps(detail)}
        put = self.events.put_events(Entries=[entry])["Entries"][0]["EventId"]
        moto_differences.all_delivered()
        return str(put)

    def called(self) -> Any:
        """What the function was called with, once it was."""
        until(lambda: self.calls, "The call of the function")
        return self.calls[0]


@pytest.fixture
def bus() -> Iterator[Bus]:
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield Bus()
        moto_differences.all_delivered()
        moto_differences.run_functions_with(None)


def test_a_function_gets_the_event_that_its_rule_takes(bus: Bus):
    """With the time as a text, and nothing that EventBridge keeps to itself."""
    bus.rule(pattern={"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}})

    bus.put(total=99)
    event_id = bus.put(total=101)

    [event] = bus.calls
    assert (event["id"], event["detail"]) == (event_id, {"total": 101})
    assert sorted(event) == [
        "account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version",
    ]  # fmt: skip
    assert event["time"].endswith("Z")


def test_a_rule_that_is_disabled_or_has_a_schedule_takes_nothing(bus: Bus):
    """A schedule of the old kind has no pattern, which matches no event."""
    bus.rule("disabled", state="DISABLED")
    bus.rule("scheduled", ScheduleExpression="rate(1 day)")

    bus.put()

    assert bus.calls == []


@pytest.mark.parametrize(
    ("target", "payload"),
    [
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        ({"InputPath": "$.detail"}, {"order": 7}),
        (
            {"InputTransformer": {"InputPathsMap": {"n": "$.detail.order"}, "InputTemplate": '{"number": <n>}'}},
            {"number": 7},
        ),
    ],
    ids=["Input", "InputPath", "InputTransformer"],
)
def test_a_target_may_say_what_it_gets_of_an_event(bus: Bus, target: dict[str, Any], payload: Any):
    """As the template of a user may have it."""
    bus.rule(**target)

    bus.put(order=7)

    assert bus.calls == [payload]


def test_other_targets_are_delivered_to_as_before(bus: Bus):
    """A queue beside the function gets the event too."""
    sqs: Any = boto3.client("sqs", region_name="us-east-1")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    bus.rule()
    bus.events.put_targets(Rule="rule", Targets=[{"Id": "2", "Arn": "arn:aws:sqs:us-east-1:123456789012:orders"}])

    bus.put(order=7)

    assert [event["detail"] for event in bus.calls] == [{"order": 7}]
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"order": 7}


def test_a_state_machine_is_started_under_two_ids(bus: Bus):
    """EventBridge names an execution by the event's id and one of its own."""
    bus.rule(target=bus.machine, Input='{"do": "nothing", "seconds": 0}')

    event_id = bus.put()

    [execution] = bus.states.list_executions(stateMachineArn=bus.machine)["executions"]
    assert execution["name"].startswith(f"{event_id}_")
    assert len(execution["name"]) == 73


def test_an_object_that_is_put_into_a_bucket_is_an_event(bus: Bus):
    """Of a bucket that has EventBridge switched on."""
    s3: Any = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    bus.rule(
        pattern={"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["uploads"]}}}
    )

    s3.put_object(Bucket="uploads", Key="a.csv", Body=b"1")
    moto_differences.all_delivered()

    assert [event["detail"]["object"]["key"] for event in bus.calls] == ["a.csv"]


@pytest.mark.parametrize("how", ["SUCCEEDED", "FAILED", "ABORTED"])
def test_the_end_of_an_execution_is_an_event(bus: Bus, how: str):
    """With what there is to say of it, whichever way it ended."""
    bus.rule(pattern={"source": ["aws.states"], "detail": {"name": ["it"], "status": [how]}})
    given = {"do": "wait" if how == "ABORTED" else "nothing", "seconds": 100 if how == "ABORTED" else 0}
    if how == "FAILED":
        given = {"do": "nothing"}  # the machine reads $.seconds

    started = bus.states.start_execution(stateMachineArn=bus.machine, name="it", input=json.dumps(given))
    if how == "ABORTED":
        bus.states.stop_execution(executionArn=started["executionArn"])

    event = bus.called()
    assert (event["source"], event["detail-type"]) == ("aws.states", "Step Functions Execution Status Change")
    assert event["resources"] == [started["executionArn"]]
    detail = event["detail"]
    assert (detail["name"], detail["status"]) == ("it", how)
    assert detail["stateMachineArn"] == bus.machine
    assert json.loads(detail["input"]) == given
    assert detail["inputDetails"] == {"included": True}
    assert isinstance(detail["startDate"], int)
    assert (detail["output"] is None) == (how != "SUCCEEDED")


def test_an_input_that_an_event_has_no_room_for_is_left_out(bus: Bus):
    """More than 248 KB, escaped."""
    # By its name: what another test has left running may end now.
    bus.rule(pattern={"source": ["aws.states"], "detail": {"name": ["large"]}})

    bus.states.start_execution(stateMachineArn=bus.machine, name="large", input=json.dumps({"text": '"' * 90_000}))

    detail = bus.called()["detail"]
    assert (detail["input"], detail["inputDetails"]) == (None, {"included": False})


def test_what_can_not_be_delivered_is_said(bus: Bus, capsys: pytest.CaptureFixture[str]):
    """And hinders nobody else."""
    bus.rule(target=f"{FUNCTION}-that-is-not-there")
    bus.rule("other")

    bus.put()

    assert len(bus.calls) == 1
    assert "An event could not be delivered" in capsys.readouterr().out


# ---- schedules ----


def test_a_schedule_of_the_template_is_there_and_is_listed(bus: Bus):
    """Moto's Scheduler has it, and so has the list of the local server."""
    scheduler: Any = boto3.client("scheduler", region_name="us-east-1")

    assert [each["Name"] for each in scheduler.list_schedules()["Schedules"]] == ["interlude-machine-hourly"]
    assert schedules.listed() == [
        {
            "name": "interlude-machine-hourly",
            "state_machine": "interlude-machine",
            "expression": "rate(1 hour)",
            "timezone": "UTC",
            "state": "DISABLED",
        }
    ]


def test_a_schedule_starts_its_machine_with_the_attributes_filled_in(bus: Bus):
    """The Input that Scheduler would send now, though the schedule is disabled."""
    name = schedules.start("interlude-machine-hourly")

    [execution] = bus.states.list_executions(stateMachineArn=bus.machine)["executions"]
    given = json.loads(bus.states.describe_execution(executionArn=execution["executionArn"])["input"])
    assert execution["name"] == name
    assert (given["do"], given["seconds"], given["attempt"]) == ("nothing", 0, 1)
    assert len(given["time"]) == len("2026-11-22T18:00:00Z")
    assert given["arn"] == "arn:aws:scheduler:us-east-1:123456789012:schedule/default/interlude-machine-hourly"


def test_a_schedule_that_is_not_there_is_named_with_those_that_are(bus: Bus):
    """One sentence."""
    with pytest.raises(LocalError) as refused:
        schedules.start("daily")

    assert str(refused.value) == "There is no schedule 'daily'; there is interlude-machine-hourly."


def test_an_input_that_is_no_json_is_refused(bus: Bus):
    """Step Functions would not take it either."""
    scheduler: Any = boto3.client("scheduler", region_name="us-east-1")
    scheduler.create_schedule(
        Name="broken", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": bus.machine, "RoleArn": "arn:aws:iam::123456789012:role/r", "Input": "nonsense"},
    )  # fmt: skip

    with pytest.raises(LocalError, match="The schedule broken has an Input that is no JSON"):
        schedules.start("broken")


@pytest.mark.skipif(os.environ.get("MOTO_REFERENCE") == "1", reason="moto alone keeps nothing")
def test_an_event_on_its_way_when_a_server_was_killed_is_delivered_by_the_next_one(monkeypatch: pytest.MonkeyPatch):
    """One that a step has put on a bus, and that of an execution that has ended: it is kept with that end."""
    with mock_aws(), monkeypatch.context() as killed:
        killed.setattr(deliveries, "later", lambda *_: None)
        first = Bus()
        first.rule("orders")
        first.rule("ends", {"source": ["aws.states"]})
        first.put(number=1)
        text = json.dumps({"do": "nothing", "seconds": 0})
        execution = first.states.start_execution(stateMachineArn=first.machine, input=text)["executionArn"]
        until(lambda: first.states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")

    with mock_aws():
        second = Bus()
        deliveries.resume()
        moto_differences.all_delivered()
        details = sorted((call["detail-type"], call["detail"]) for call in second.calls)
        assert details[0] == ("Order", {"number": 1})
        assert (details[1][0], details[1][1]["executionArn"]) == ("Step Functions Execution Status Change", execution)
        assert len(details) == 2
