"""How a run waits, and how it goes on."""

import pytest

from interlude.errors import RunOver, WaitTaken
from tests.workflow.world import World


def step(view, name):
    return next(step for step in view["steps"] if step["name"] == name)


def test_opening_the_resume_link_goes_on_with_the_next_step_and_hands_it_the_request(world: World):
    """SendTaskSuccess takes the run out of Park; the request is $resume_data of the step that waited."""
    run_id = world.start("asking")
    wait = world.paused(run_id)["wait"]

    ended = world.open(wait["resume_url"], {"body": "yes"})

    view = world.ended(run_id)
    assert (ended.outcome, ended.first) == ("resumed", True)
    assert view["status"] == "succeeded"
    told = step(view, "tell")["exports"]["$return_value"]
    assert told["ask"]["$resume_data"] == {"body": "yes"}
    assert told["ask"]["$return_value"] == "asked"
    assert told["resume"] == {"body": "yes"}
    assert world.calls_of(run_id, "ask") == 1


def test_a_paused_run_shows_its_wait(world: World):
    """Step, kind, since, until and both links; the step itself is paused and what it returned is there already."""
    view = world.paused(world.start("asking", {"timeout_ms": 3_600_000}))

    assert view["status"] == "paused"
    assert (view["wait"]["step"], view["wait"]["kind"]) == ("ask", "suspend")
    assert view["wait"]["since"][:11] < view["wait"]["until"][:13]
    assert view["wait"]["resume_url"].startswith("https://interlude.example/resume/asking-")
    assert view["wait"]["cancel_url"].startswith("https://interlude.example/cancel/asking-")
    assert [step["status"] for step in view["steps"]] == ["paused", "pending"]
    assert step(view, "ask")["exports"]["$return_value"] == "asked"


def test_opening_the_cancel_link_ends_the_run_and_later_steps_never_run(world: World):
    """SendTaskFailure with the error Cancelled takes the run from Park to the state Cancelled."""
    run_id = world.start("asking")

    ended = world.open(world.paused(run_id)["wait"]["cancel_url"])

    view = world.ended(run_id)
    assert (ended.outcome, ended.first) == ("cancelled", True)
    assert (view["status"], view["error"]) == ("cancelled", None)
    assert [step["status"] for step in view["steps"]] == ["cancelled", "pending"]
    assert world.entered(run_id)[-2:] == ["Park", "Cancelled"]


def test_a_suspend_whose_time_is_up_resumes_by_itself_without_resume_data(world: World):
    """Park's timeout leads back to the step, which settles the wait as elapsed."""
    view = world.ended(world.start("asking", {"timeout_ms": 1}))

    assert view["status"] == "succeeded"
    told = step(view, "tell")["exports"]["$return_value"]
    assert "$resume_data" not in told["ask"]
    assert told["resume"] is None


def test_a_suspend_with_on_timeout_cancel_ends_the_run_when_its_time_is_up(world: World):
    """on_timeout="cancel" makes the timer do what the cancel link does."""
    run_id = world.start("asking", {"timeout_ms": 1, "on_timeout": "cancel"})

    view = world.ended(run_id)

    assert view["status"] == "cancelled"
    assert step(view, "tell")["runs"] == 0
    assert world.entered(run_id)[-3:] == ["Run step", "Route", "Cancelled"]


def test_a_suspend_in_the_last_step_finishes_the_run_when_it_is_resumed(world: World):
    """There is no next step to go on with, so settling the wait is the run's end."""
    run_id = world.start("asking_last")

    world.open(world.paused(run_id)["wait"]["resume_url"], "yes")

    view = world.ended(run_id)
    assert view["status"] == "succeeded"
    assert step(view, "ask")["exports"]["$resume_data"] == "yes"
    assert world.calls_of(run_id, "ask") == 1


@pytest.mark.parametrize(("link", "status"), [("resume_url", "succeeded"), ("cancel_url", "cancelled")])
def test_a_link_that_is_opened_while_its_step_still_runs_counts(world: World, link: str, status: str):
    """The claim is there before the wait: nobody parks for longer than it takes to see it."""
    run_id = world.start("asking", {"opened_at_once": link})

    view = world.ended(run_id)

    assert view["status"] == status
    assert view["steps"][1]["runs"] == (1 if status == "succeeded" else 0)
    assert "task_token" not in world.item(run_id, "WAIT#0.1")


def test_a_poll_runs_the_same_step_again_until_it_is_done(world: World):
    """Two reruns, three runs. Without a delay there is nothing to wait for, and so no state that waits."""
    run_id = world.start("polling", {"delay_ms": 0})

    view = world.ended(run_id)

    assert step(view, "poll")["runs"] == 3
    assert step(view, "tell")["exports"]["$return_value"] == "DONE"
    assert {"Delay", "Park"} & set(world.entered(run_id)) == set()


def test_a_rerun_whose_links_are_kept_parks_and_comes_back_when_the_link_is_opened(world: World):
    """The second run is at once, with the rerun's context and the request as callback_request."""
    run_id = world.start("calling", {"delay_ms": 3_600_000})
    wait = world.paused(run_id)["wait"]

    world.open(wait["resume_url"], {"body": "ready"})

    view = world.ended(run_id)
    assert wait["kind"] == "rerun"
    assert step(view, "tell")["exports"]["$return_value"] == {
        "runs": 2,
        "context": {"asked": True},
        "callback_request": {"body": "ready"},
    }
    assert step(view, "call")["context"] == {"asked": True}
    assert "Delay" not in world.entered(run_id)


def test_a_callback_during_the_step_itself_reruns_it_at_once(world: World):
    """A service may answer before the step that asked has returned."""
    view = world.ended(world.start("calling", {"delay_ms": 3_600_000, "opened_at_once": "resume_url"}))

    assert step(view, "tell")["exports"]["$return_value"]["callback_request"] == "opened"


def test_a_rerun_that_nobody_calls_back_has_no_callback_request(world: World):
    """The key is absent, not null. Without a delay the next run comes at once, though the links were kept."""
    run_id = world.start("calling", {"delay_ms": 0})

    view = world.ended(run_id)

    assert step(view, "tell")["exports"]["$return_value"] == {"runs": 2, "context": {"asked": True}}
    assert {"Delay", "Park"} & set(world.entered(run_id)) == set()
    assert world.item(run_id, "WAIT#0.1")["outcome"] == {"S": "elapsed"}


@pytest.mark.parametrize(("link", "status"), [("resume_url", "succeeded"), ("cancel_url", "cancelled")])
def test_a_link_of_a_rerun_without_a_delay_counts_while_its_step_runs(world: World, link: str, status: str):
    """The claim is there before the next turn, which would else say that the time is up."""
    run_id = world.start("calling", {"delay_ms": 0, "opened_at_once": link})

    view = world.ended(run_id)

    assert view["status"] == status
    if status == "succeeded":
        assert step(view, "tell")["exports"]["$return_value"]["callback_request"] == "opened"


def test_a_rerun_past_max_retries_proceeds_and_its_links_are_too_late(world: World):
    """With max_retries 0 the call does nothing: the first run is the last."""
    run_id = world.start("calling", {"delay_ms": 3_600_000, "max_retries": 0})

    view = world.ended(run_id)

    links = step(view, "call")["exports"]["links"]
    assert (view["status"], step(view, "call")["runs"]) == ("succeeded", 1)
    with pytest.raises(RunOver, match=r"not used before the run ended: the run succeeded at "):
        world.open(links["resume_url"])


def test_a_delay_without_links_takes_the_state_delay_and_shows_none(world: World):
    """Nothing could end it early, so nothing is handed out."""
    run_id = world.start("delaying", {"delay_ms": 3_600_000, "kept": False})

    view = world.paused(run_id)

    assert world.entered(run_id)[-1] == "Delay"
    assert (view["wait"]["kind"], view["wait"]["resume_url"], view["wait"]["cancel_url"]) == ("delay", None, None)


def test_a_delay_goes_on_when_its_time_is_up(world: World):
    """The step is not called with its code again: one run, and then the next step."""
    run_id = world.start("delaying", {"delay_ms": 1, "kept": False})

    view = world.ended(run_id)

    assert step(view, "tell")["exports"]["$return_value"] == "later"
    assert world.calls_of(run_id, "delay") == 1


def test_resuming_a_delay_skips_the_rest_of_it(world: World):
    """A delay of an hour whose link is kept ends with the click."""
    run_id = world.start("delaying", {"delay_ms": 3_600_000, "kept": True})
    wait = world.paused(run_id)["wait"]

    world.open(wait["resume_url"])

    view = world.ended(run_id)
    assert view["status"] == "succeeded"
    assert view["ended_at"] < wait["until"]


def test_the_link_of_one_wait_does_nothing_for_the_next(world: World):
    """Once a wait is over its cancel link is told who was first, whatever the run does now."""
    run_id = world.start("calling", {"delay_ms": 3_600_000})
    wait = world.paused(run_id)["wait"]
    world.open(wait["resume_url"])
    world.ended(run_id)

    with pytest.raises(WaitTaken, match=r"This wait was already resumed at "):
        world.open(wait["cancel_url"])


def test_an_event_may_be_any_json_value(world: World):
    """A list, a text and null are trigger events as an object is."""
    for event in ([1, {"a": None}], "text", None, 0):
        assert world.ended(world.start("plain", event))["trigger"]["event"] == event


def test_an_event_that_looks_like_a_cursor_is_an_event(world: World):
    """What the state machine's first Choice looks for can't be forged by whoever starts a run."""
    event = {"interlude_cursor": 1, "run_id": "another", "steps": ["first=arn"], "at": {"index": 0}}

    view = world.ended(world.start("plain", event))

    assert view["trigger"]["event"] == event
    assert view["status"] == "succeeded"
