"""What is kept of a response, and what that costs."""

import pytest

from interlude.control import awaiting
from interlude.pd import masking
from tests.workflow.world import World


def test_the_first_response_of_a_run_counts(world: World):
    """Another one changes nothing, from whichever step it comes."""
    run_id = world.start("responding", {})
    world.ended(run_id)

    with world.as_function("interlude-api"):
        heard = awaiting.response_of(run_id, 0)

    assert heard
    assert (heard.response or {})["body"] == "first"


def test_a_secret_called_like_a_part_of_the_record_breaks_no_answer(world: World, monkeypatch: pytest.MonkeyPatch):
    """The caller gets what the step said."""
    monkeypatch.setattr(masking, "_forms", set())
    monkeypatch.setattr(masking, "_pattern", None)
    monkeypatch.setattr(masking, "_watch_output", lambda: None)
    masking.learn(["status", "headers", "is_base64"])
    run_id = world.start("responding", {})
    world.ended(run_id)

    with world.as_function("interlude-api"):
        heard = awaiting.response_of(run_id, 0)

    assert heard
    assert heard.response == {
        "status": 200,
        "headers": {"content-type": ["text/plain; charset=utf-8"]},
        "body": "first",
        "is_base64": False,
    }


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
    assert heard
    assert (heard.response, heard.status) == (None, "paused")
    assert world.requests(run_id)[2] == ["BatchGetItem", "TransactWriteItems"]
