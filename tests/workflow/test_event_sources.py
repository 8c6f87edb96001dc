"""A workflow is started by a schedule, by an event of EventBridge, or by anybody with any input."""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import boto3
import pytest

from interlude.control import run_list
from tests.waiting import until
from tests.workflow.world import World

EVENT_BRIDGE_NAME = f"{uuid.UUID(int=1)}_{uuid.UUID(int=2)}"


def start(world: World, text: str, workflow: str = "heeding", **more: Any) -> str:
    """Starts an execution with this input. Returns its name, which is the run's id."""
    machine = world.stack.state_machines[f"interlude-{workflow}"]
    started = world.sfn.start_execution(stateMachineArn=machine, input=text, **more)
    return str(started["executionArn"].rpartition(":")[2])


def ended(world: World, run_id: str) -> dict[str, Any]:
    until(lambda: world.item(run_id).get("ended_at"))
    return world.describe(run_id)


def test_a_schedule_is_a_timer_to_the_step_and_to_whoever_looks_at_the_run(world: World):
    """Both see the event that a timer of Pipedream gives, whichever time zone the schedule has."""
    given = {"name": "daily", "cron": "0 9 * * ? *", "timezone": "Europe/Berlin", "time": "2026-11-22T08:00:00Z"}

    view = ended(world, start(world, json.dumps({"interlude_schedule": given})))

    event = view["trigger"]["event"]
    assert view["steps"][0]["exports"]["$return_value"] == event
    assert sorted(event) == ["cron", "name", "timestamp", "timezone_configured", "timezone_utc"]
    assert event["timestamp"] == 1795334400
    assert event["timezone_configured"]["iso8601"]["timestamp"] == "2026-11-22T09:00:00.000+01:00"


@pytest.mark.parametrize(
    "given",
    [
        {"a": {"b": [1, 2.5, None, True, "ü"]}},
        {},
        [1, {"interlude_cursor": 1}, "three"],
        [],
        "a text",
        "",
        42,
        None,
        False,
        {"interlude_schedule": "no schedule"},
        {"interlude_event": "no key of ours"},
        {"text": "x" * 100_000},
        ["x" * 100_000],
    ],
    ids=lambda given: str(given)[:30],
)
def test_any_input_is_the_trigger_event(world: World, given: Any):
    """Objects, lists, texts, numbers, nothing, and more than our own items hold of one value."""
    view = ended(world, start(world, json.dumps(given)))

    assert view["status"] == "succeeded"
    assert view["trigger"]["event"] == given
    assert view["steps"][0]["exports"].get("$return_value") == given


def test_a_deep_input_is_the_trigger_event(world: World):
    """Deeper than the events that our own API sends through Step Functions."""
    given = json.loads("[" * 200 + "]" * 200)

    assert ended(world, start(world, json.dumps(given)))["trigger"]["event"] == given


@pytest.mark.parametrize("name", [str(uuid.UUID(int=3)), EVENT_BRIDGE_NAME, "x" * 80, "Ümläut.1"])
def test_a_run_may_have_any_name_that_an_execution_may_have(world: World, name: str):
    """A UUID, two of them as EventBridge joins them, 80 characters: it pauses, its links work, lists have it."""
    start(world, "{}", "asking", name=name)
    until(lambda: "task_token" in world.item(name, "WAIT#0.1"))

    view = world.describe(name)
    world.open(unquote(view["wait"]["resume_url"]))  # as API Gateway hands it over

    assert ended(world, name)["status"] == "succeeded"
    with world.as_function("interlude-api"):
        listed = run_list.list_runs(["asking"], "", 100, "")
    assert name in [run.run_id for run in listed]


@pytest.fixture
def rule(world: World) -> Iterator[Any]:
    """A rule of the default bus that starts a workflow, as the template of a user has it."""
    events: Any = boto3.client("events", region_name="us-east-1")
    pattern = json.dumps({"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}})
    events.put_rule(Name="large-orders", EventPattern=pattern)
    machine = world.stack.state_machines["interlude-heeding"]
    events.put_targets(Rule="large-orders", Targets=[{"Id": "1", "Arn": machine, "RoleArn": "arn:aws:iam::1:role/r"}])
    yield events
    events.remove_targets(Rule="large-orders", Ids=["1"])
    events.delete_rule(Name="large-orders")


def test_an_event_that_a_rule_takes_is_the_trigger_event_as_eventbridge_sends_it(world: World, rule: Any):
    """All of it: the source, the time, the detail."""
    order = {"order": 1, "total": 250}
    put = rule.put_events(Entries=[{"Source": "shop", "DetailType": "Order Placed", "Detail": json.dumps(order)}])
    event_id = put["Entries"][0]["EventId"]

    until(lambda: [each for each in world.executions("heeding") if each["name"].startswith(event_id)])

    [started] = [each["name"] for each in world.executions("heeding") if each["name"].startswith(event_id)]
    event = ended(world, started)["steps"][0]["exports"]["$return_value"]
    assert len(event.pop("time")) == len("2026-11-22T18:00:00Z")
    assert event == {
        "version": "0",
        "id": event_id,
        "detail-type": "Order Placed",
        "source": "shop",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [],
        "detail": order,
    }
