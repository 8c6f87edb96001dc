"""What is kept of a response, and what that costs."""

from interlude.control import awaiting
from tests.workflow.world import World


def test_the_first_response_of_a_run_counts(world: World):
    """Another one changes nothing, from whichever step it comes."""
    run_id = world.start("responding", {})
    world.ended(run_id)

    with world.as_function("interlude-api"):
        heard = awaiting.response_of(run_id, 0)

    assert (heard.response or {})["body"] == "first"


def test_a_response_costs_one_request(world: World):
    """For each call, beside the two of a plain step."""
    run_id = world.start("responding", {})
    world.ended(run_id)

    assert world.requests(run_id) == [
        ["BatchGetItem", "PutItem", "PutItem", "PutItem"],
        ["BatchGetItem", "PutItem", "TransactWriteItems"],
    ]


def test_after_a_pause_nothing_is_kept(world: World):
    """Nobody waits any more; the call says so in the log, and the step goes on. Who still does is told of the pause."""
    run_id = world.start("responding", {"suspend": True})
    world.open(world.paused(run_id)["wait"]["resume_url"])
    view = world.ended(run_id)

    with world.as_function("interlude-api"):
        heard = awaiting.response_of(run_id, 0)

    assert view["status"] == "succeeded"
    assert (heard.response, heard.status) == (None, "paused")
    assert world.requests(run_id)[2] == ["BatchGetItem", "TransactWriteItems"]
