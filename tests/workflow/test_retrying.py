"""Auto-retry: a step that fails is run again, with growing delays, in workflows whose Options have the word."""

from typing import Any

import pytest

from interlude.errors import WaitTaken
from interlude.turns import retrying
from tests.waiting import until
from tests.workflow.world import World

EIGHT_DELAYS_S = [140, 280, 560, 1120, 2240, 4480, 8960, 17920]


def attempt(view: dict[str, Any]) -> dict[str, Any]:
    return dict(view["steps"][0]["exports"]["$attempt"])


def rerun(world: World, run_id: str, runs: int = 1) -> None:
    """Opens the link to the next attempt, when the step has run so often."""
    until(lambda: "task_token" in world.item(run_id, f"WAIT#0.{runs}r"))
    world.open(attempt(world.describe(run_id))["rerun_url"])


def test_a_failed_step_waits_for_its_next_attempt(world: World):
    """It tells its error and its links; the run is paused, and nothing of it has failed."""
    run_id = world.start("retrying", {"failures": 1})

    view = world.paused(run_id)

    assert (view["status"], view["error"]) == ("paused", None)
    assert (view["wait"]["kind"], view["wait"]["step"]) == ("retry", "fetch")
    step = view["steps"][0]
    assert (step["status"], step["error"]["type"]) == ("paused", "ConnectionError")
    assert step["exports"]["call"] == 1
    assert step["exports"]["$summary"] == "Failed with ConnectionError; retry 1 of 8 follows."
    assert attempt(view).keys() == {"error", "cancel_url", "rerun_url", "resume_ts"}
    assert (attempt(view)["error"]["type"], attempt(view)["error"]["message"]) == (
        "ConnectionError",
        "no answer to call 1",
    )
    assert attempt(view)["rerun_url"] == view["wait"]["resume_url"]


def test_the_next_attempt_goes_on_with_the_run(world: World):
    """It is the same run of the step once more, and its exports take the place of those that failed."""
    run_id = world.start("retrying", {"failures": 1})
    rerun(world, run_id)

    view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert view["steps"][0]["error"] is None
    assert view["steps"][1]["exports"]["$return_value"] == {
        "call": 2,
        "$return_value": {"call": 2, "run": {"runs": 1, "context": None}},
    }


def test_an_attempt_begins_by_itself_when_its_time_has_come(world: World, monkeypatch: pytest.MonkeyPatch):
    """The timer is enough."""
    monkeypatch.setattr(retrying, "FIRST_MS", 1)
    run_id = world.start("retrying", {"failures": 1})

    assert world.ended(run_id)["status"] == "succeeded"


def test_the_ninth_failure_fails_the_run(world: World):
    """Eight retries over almost ten hours, each after twice the time of the one before."""
    run_id = world.start("retrying", {"failures": 99})
    seconds = []
    for runs in range(1, 9):
        rerun(world, run_id, runs)
        seconds.append(world.parked_s(run_id))

    view = world.ended(run_id)

    assert seconds == EIGHT_DELAYS_S
    assert sum(EIGHT_DELAYS_S) == 35_700
    assert (view["status"], view["error"]["message"]) == ("failed", "no answer to call 9")
    assert world.calls_of(run_id, "fetch") == 9
    assert "$attempt" not in view["steps"][0]["exports"]


def test_an_attempt_can_be_cancelled(world: World):
    """The link ends the run, and the step is not run again."""
    run_id = world.start("retrying", {"failures": 99})
    world.open(attempt(world.paused(run_id))["cancel_url"])

    view = world.ended(run_id)

    assert (view["status"], view["steps"][0]["status"]) == ("cancelled", "cancelled")
    assert world.calls_of(run_id, "fetch") == 1


def test_an_attempt_gets_what_the_failed_one_got(world: World):
    """The context of a rerun and the request that called back, also after the second failure. It counts as no rerun."""
    run_id = world.start("retrying", {"failures": 2, "rerun_first": True})
    world.open(world.paused(run_id)["wait"]["resume_url"], {"body": "from outside"})
    rerun(world, run_id, runs=2)
    rerun(world, run_id, runs=3)

    told = world.ended(run_id)["steps"][1]["exports"]["$return_value"]["$return_value"]

    assert told["run"] == {
        "runs": 2,
        "context": {"from": "the first run"},
        "callback_request": {"body": "from outside"},
    }


def test_a_function_that_dies_is_not_run_again(world: World):
    """Neither a timeout nor a want of memory is retried."""
    world.instead = lambda function: {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}
    run_id = world.start("retrying", {"failures": 0})

    assert world.ended(run_id)["status"] == "failed"


def test_a_retry_costs_what_a_wait_for_a_link_costs(world: World):
    """Three transitions, and two requests more than the attempt itself."""
    run_id = world.start("retrying", {"failures": 1})
    rerun(world, run_id)
    world.ended(run_id)

    assert world.entered(run_id) == [
        *("New or continued", "Begin"),
        *("Run step", "Route", "Park"),
        *("Run step", "Route"),
        *("Run step", "Route", "Finished"),
    ]
    assert world.requests(run_id)[:2] == [
        ["BatchGetItem", "TransactWriteItems"],
        ["BatchGetItem", "UpdateItem", "PutItem"],
    ]


def test_without_the_option_nothing_is_retried(world: World):
    """The first error fails the run."""
    run_id = world.start("failing")
    world.ended(run_id)

    assert world.requests(run_id) == [["BatchGetItem", "TransactWriteItems"]]


def test_links_that_a_failed_attempt_handed_out_do_nothing(world: World):
    """They were for a pause that has not come: nobody is told that an answer counts which nobody will read."""
    run_id = world.start("retrying_waits", {"plan": ["sf", "s"]})
    until(lambda: "task_token" in world.item(run_id, "WAIT#0.1r"))
    handed_out = world.describe(run_id)["steps"][0]["exports"]["links"]

    for url in handed_out.values():
        with pytest.raises(WaitTaken):
            world.open(url)

    rerun(world, run_id)
    until(lambda: "task_token" in world.item(run_id, "WAIT#0.2"))
    world.open(world.describe(run_id)["wait"]["resume_url"], {"body": "yes"})
    assert world.ended(run_id)["steps"][0]["exports"]["$resume_data"] == {"body": "yes"}


def test_a_callback_during_a_failing_attempt_does_not_hurry_the_next(world: World):
    """A service that calls back each time would use up all attempts within a second."""
    run_id = world.start("retrying_waits", {"plan": ["rcf"]})

    until(lambda: "task_token" in world.item(run_id, "WAIT#0.1r"))

    assert world.describe(run_id)["status"] == "paused"
    assert world.calls_of(run_id, "ask") == 1


def test_eight_retries_are_for_failures_in_a_row(world: World):
    """A poll that fails now and then goes on: a run that ends well begins the count anew."""
    run_id = world.start("retrying_waits", {"plan": [*(["rf"] * 7), "r", "rf", "s"]})
    for runs in range(1, 8):
        rerun(world, run_id, runs)
    until(lambda: "task_token" in world.item(run_id, "WAIT#0.8"))
    world.open(world.describe(run_id)["wait"]["resume_url"])

    until(lambda: "task_token" in world.item(run_id, "WAIT#0.9r"))

    exports = world.describe(run_id)["steps"][0]["exports"]
    assert exports["$summary"] == "Failed with ConnectionError; retry 1 of 8 follows."
    assert world.parked_s(run_id) == 140


def test_an_error_that_no_utf_8_can_hold_is_retried_too(world: World):
    """As names of files may be."""
    run_id = world.start("retrying_waits", {"plan": ["sw"]})

    until(lambda: "task_token" in world.item(run_id, "WAIT#0.1r"))

    assert attempt(world.describe(run_id))["error"]["type"] == "ValueError"
