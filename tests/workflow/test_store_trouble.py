"""DynamoDB or S3 refuses what a turn asks for, and the SDK has given up: the turn is repeated, and no run fails."""

from typing import Any

import pytest

from interlude.turns import outage
from tests.workflow.refusals import THROTTLED, refused
from tests.workflow.world import World

UNAVAILABLE = "InterludeStoreUnavailable"


def answers(world: World, run_id: str) -> list[str]:
    """What each call of a step's function has answered: the next cursor, or the name of its error."""
    made = [call for call in world.invocations if call.payload["run_id"] == run_id]
    return [call.answer.get("errorType") or call.answer["next"] for call in made]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble is over when it has refused as often as the test says."""
    monkeypatch.setattr(outage, "LONGEST_PAUSE_MS", 1)


def test_a_turn_that_can_not_read_its_run_is_repeated(world: World):
    """Before any code has run: the function leaves at once, and Step Functions calls it again."""
    with refused("BatchGetItem"):
        run_id = world.start("exiting")
        view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert answers(world, run_id) == [UNAVAILABLE, "finish"]
    assert world.calls_of(run_id, "leave") == 1


def test_a_turn_that_has_no_time_to_store_its_result_is_repeated(world: World):
    """Its code runs once more, since nothing of it is stored."""
    with refused("TransactWriteItems"):
        run_id = world.start("exiting")
        view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert answers(world, run_id) == [UNAVAILABLE, "finish"]
    assert world.calls_of(run_id, "leave") == 2


def test_a_turn_that_has_time_stores_its_result_when_the_trouble_is_over(world: World):
    """The code runs once."""
    world.time_left_ms = 60_000
    with refused("TransactWriteItems", times=6):
        run_id = world.start("exiting")
        view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert answers(world, run_id) == ["finish"]
    assert world.calls_of(run_id, "leave") == 1


def test_files_that_can_not_be_brought_are_brought_by_the_next_call(world: World):
    """S3 has trouble before the code has run."""
    with refused("GetObject", "SlowDown", status=503):
        run_id = world.start("filing", {"writes": {"a": "1"}})
        view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert answers(world, run_id) == ["continue", UNAVAILABLE, "continue", "finish"]
    assert world.calls_of(run_id, "change") == 1


def test_files_are_uploaded_once_when_only_the_table_has_trouble(world: World):
    """They may have 512 MB. What is repeated is the write that was refused."""
    world.time_left_ms = 60_000
    with refused("PutItem", times=2):
        run_id = world.start("filing", {"writes": {"a": "1"}})
        view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert world.objects(run_id)[0] == ["PutObject"]


@pytest.mark.parametrize(
    ("operation", "workflow", "event"),
    [("Query", "plain", {}), ("GetObject", "plain", {"filling": "x" * 70_000}), ("PutItem", "responding", {})],
    ids=["pd.steps", "a large value of pd.steps", "pd.respond"],
)
def test_what_the_users_code_asks_for_is_tried_again(world: World, operation: str, workflow: str, event: Any):
    """Nothing of the code is repeated by that."""
    world.time_left_ms = 60_000
    with refused(operation, times=6):
        run_id = world.start(workflow, event)
        view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert UNAVAILABLE not in answers(world, run_id)


def test_trouble_that_the_users_code_has_no_time_to_outlast_is_an_error_of_the_step(world: World):
    """It may have had effects before it looked at pd.steps, and its author may have caught it."""
    with refused("Query"):
        run_id = world.start("plain")
        view = world.ended(run_id)

    assert (view["status"], view["error"]["step"]) == ("failed", "last")
    assert view["error"]["type"] == THROTTLED
    assert answers(world, run_id) == ["continue", "continue", THROTTLED]


def test_what_the_table_would_always_refuse_fails_the_run_at_once(world: World):
    """A policy that lacks something is not trouble that passes by."""
    world.time_left_ms = 60_000
    with refused("TransactWriteItems", "AccessDeniedException"):
        run_id = world.start("exiting")
        view = world.ended(run_id)

    assert view["status"] == "failed"
    assert answers(world, run_id) == ["ClientError"]
    assert world.calls_of(run_id, "leave") == 1


def test_a_user_s_own_error_of_a_like_name_is_final(world: World):
    """A shop may have a StoreUnavailable, too; only the name of ours is in the state machine."""
    world.instead = lambda _: {"errorType": "StoreUnavailable", "errorMessage": "closed on Sundays"}

    run_id = world.start("exiting")

    assert world.ended(run_id)["error"]["type"] == "StoreUnavailable"
    assert world.entered(run_id).count("Run step") == 1
