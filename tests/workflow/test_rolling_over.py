"""A run outlives its execution: it rolls over into the next one."""

import json
from typing import Any

import pytest

from interlude import turn
from tests.workflow.world import World, until


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
    """A later one starts from the cursor: it goes from New or continued straight to Run step."""
    run_id = world.start("counting", {"max_retries": 6})
    world.ended(run_id)

    first, second, *_ = executions_of(world, run_id)
    events = world.sfn.get_execution_history(executionArn=second["executionArn"], maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    assert entered[:3] == ["New or continued", "Run step", "Route"]
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
