"""A run outlives its execution: it rolls over into the next one."""

import json
from typing import Any

import pytest

from interlude.control import failures
from interlude.models import Next
from interlude.run import store
from interlude.turns import ending, turn
from tests.waiting import until
from tests.workflow.world import World


@pytest.fixture(autouse=True)
def short_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "TURNS_PER_EXECUTION", 3)


def executions_of(world: World, run_id: str) -> list[dict[str, Any]]:
    """The executions of a run, in order."""
    workflow = run_id.partition("-")[0]
    every = [world.sfn.describe_execution(executionArn=each["executionArn"]) for each in world.executions(workflow)]
    first = next(each for each in every if each["name"] == run_id)
    later = [each for each in every if f'"run_id":"{run_id}"' in each["input"].replace(" ", "")]
    return [first, *sorted(later, key=lambda each: json.loads(each["input"])["at"]["turn"])]


def test_a_run_crosses_executions_and_keeps_its_context_and_its_steps(world: World):
    """Six reruns at three turns for each execution: four executions, one run, every context in its place."""
    run_id = world.start("counting", {"max_retries": 6})

    view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert view["steps"][0]["runs"] == 7
    assert view["steps"][1]["exports"]["$return_value"] == [1, 2, 3, 4, 5, 6]
    executions = executions_of(world, run_id)
    assert [each["status"] for each in executions] == ["SUCCEEDED"] * 4
    pinned = world.item(run_id)["steps"]["S"].split(",")
    assert [json.loads(each["input"])["steps"] for each in executions[1:]] == [pinned] * 3


def test_only_the_first_execution_creates_the_run(world: World):
    """A later one starts from the cursor: it goes on with what the cursor says comes next."""
    run_id = world.start("counting", {"max_retries": 6})
    world.ended(run_id)

    first, second, *_ = executions_of(world, run_id)
    events = world.sfn.get_execution_history(executionArn=second["executionArn"], maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    assert entered[:3] == ["New or continued", "Route", "Run step"]
    assert world.entered(run_id)[-3:] == ["Route", "Roll over", "Finished"]
    assert second["name"] != first["name"] == run_id


def test_a_stop_reaches_the_execution_that_the_run_is_in(world: World):
    """A run that has rolled over and waits is stopped where it waits now."""
    run_id = world.start("rolling")
    until(lambda: world.describe(run_id)["steps"][0]["runs"] == 4 and world.describe(run_id)["wait"])

    world.stop(run_id)

    view = world.ended(run_id)
    assert view["status"] == "cancelled"
    assert [each["status"] for each in executions_of(world, run_id)] == ["SUCCEEDED", "ABORTED"]


def test_a_wait_that_would_outlive_its_execution_is_in_a_new_one(world: World, monkeypatch: pytest.MonkeyPatch):
    """An execution is ended after a year, so a run that has got old rolls over first, and then parks."""
    monkeypatch.setattr(ending, "EXECUTION_S", 0)
    run_id = world.start("asking")
    until(lambda: world.item(run_id, "WAIT#0.1").get("task_token"))

    world.open(world.describe(run_id)["wait"]["resume_url"])

    view = world.ended(run_id)
    assert (view["status"], "$resume_data" in view["steps"][0]["exports"]) == ("succeeded", True)
    first, second, *_ = executions_of(world, run_id)
    assert world.entered(run_id) == ["New or continued", "Begin", "Run step", "Route", "Roll over", "Finished"]
    events = world.sfn.get_execution_history(executionArn=second["executionArn"], maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert entered[:4] == ["New or continued", "Route", "Park", "Run step"]
    assert first["status"] == "SUCCEEDED"


def test_a_stop_reaches_a_run_that_parked_in_a_new_execution(world: World, monkeypatch: pytest.MonkeyPatch):
    """Its name follows from the turn in which the step has rolled over."""
    monkeypatch.setattr(ending, "EXECUTION_S", 0)
    run_id = world.start("asking")
    until(lambda: world.item(run_id, "WAIT#0.1").get("task_token"))
    world.until_over(world.execution(run_id))

    world.stop(run_id)

    assert world.ended(run_id)["status"] == "cancelled"
    until(lambda: [each["status"] for each in executions_of(world, run_id)] == ["SUCCEEDED", "ABORTED"])


def test_the_next_execution_of_a_run_that_failed_to_roll_over_is_stopped(world: World, monkeypatch: pytest.MonkeyPatch):
    """The state machine had no answer and gave up: the next execution is there all the same, and would wait on."""
    monkeypatch.setattr(ending, "EXECUTION_S", 0)
    run_id = world.start("asking")
    until(lambda: world.item(run_id, "WAIT#0.1").get("task_token"))
    at = json.loads(world.item(run_id, "STEP#0000")["answer"]["S"])
    assert at["next"] == "roll"
    with world.as_function("interlude-failures"):
        store.close(run_id, 1, json.dumps({"at": at, "error": {"Error": "States.Timeout", "Cause": ""}}))
        machine = world.stack.state_machines["interlude-asking"]
        failures.handle({"detail": {"name": run_id, "status": "FAILED", "stateMachineArn": machine}})

    until(lambda: [each["status"] for each in executions_of(world, run_id)] == ["SUCCEEDED", "ABORTED"])
    assert world.describe(run_id)["status"] == "failed"


def test_a_stop_reaches_a_delay_in_a_new_execution(world: World, monkeypatch: pytest.MonkeyPatch):
    """Which has no token, and is not what the run's item names."""
    monkeypatch.setattr(ending, "EXECUTION_S", 0)
    run_id = world.start("polling", {"delay_ms": 86_400_000})
    world.until_over(world.execution(run_id))

    world.stop(run_id)

    assert world.describe(run_id)["status"] == "cancelled"
    assert [each["status"] for each in executions_of(world, run_id)] == ["SUCCEEDED", "ABORTED"]


def test_a_stop_reaches_the_second_timer_of_a_long_delay(world: World, monkeypatch: pytest.MonkeyPatch):
    """That has rolled over in between, and nothing was stored then."""
    timer, timers = ending.timer, []

    def first_is_short(parked: bool, seconds: int) -> tuple[Next, int]:
        timers.append(seconds)
        return ("wait", 1) if len(timers) == 1 else timer(parked, seconds)

    monkeypatch.setattr(ending, "timer", first_is_short)
    monkeypatch.setattr(ending, "TIMER_S", 43_200)
    monkeypatch.setattr(ending, "EXECUTION_S", 1_000)
    run_id = world.start("polling", {"delay_ms": 86_400_000})
    world.until_over(world.execution(run_id))

    world.stop(run_id)

    assert world.describe(run_id)["status"] == "cancelled"
    assert [each["status"] for each in executions_of(world, run_id)] == ["SUCCEEDED", "ABORTED"]


def test_a_wait_longer_than_a_timer_has_several(world: World, monkeypatch: pytest.MonkeyPatch):
    """Two timers of a second each for a wait of two: the run is paused in between, and one outcome ends it."""
    monkeypatch.setattr(ending, "TIMER_S", 1)
    monkeypatch.setattr(ending, "CLOCKS_DIFFER_S", 0.5)

    run_id = world.start("asking", {"timeout_ms": 2_000})

    view = world.ended(run_id)
    assert "$resume_data" not in view["steps"][0]["exports"]
    assert world.entered(run_id).count("Park") == 2
    assert world.item(run_id, "WAIT#0.1")["outcome"] == {"S": "elapsed"}


def test_a_run_that_was_stopped_on_its_way_to_the_next_execution_does_not_wait_there(world: World):
    """The stop came when the next execution was started and not yet in Park: nobody would wake it."""
    run_id = world.start("asking")
    world.paused(run_id)
    at = json.loads(world.item(run_id, "STEP#0000")["answer"]["S"])
    steps = world.item(run_id)["steps"]["S"].split(",")
    world.stop(run_id)

    given = json.dumps({"interlude_cursor": 1, "run_id": run_id, "steps": steps, "at": at})
    machine = world.stack.state_machines["interlude-asking"]
    late = world.sfn.start_execution(stateMachineArn=machine, input=given)["executionArn"]

    world.until_over(late)
    ended = world.sfn.describe_execution(executionArn=late)
    assert (ended["status"], ended["error"]) == ("FAILED", "Cancelled")
    assert world.describe(run_id)["status"] == "cancelled"
