"""pd.flow.delay."""

from datetime import timedelta

from .client import Interlude, exports, lasted, returned, step


def test_a_delay_goes_on_when_its_time_is_up(own_steps: Interlude) -> None:
    """The run pauses at the end of the step, and goes on with the next one."""
    ended = own_steps.start("pausing", {"scene": "delay_and_keep_the_links", "ms": 1000}).until("succeeded")

    assert lasted(ended) >= timedelta(seconds=1)
    assert [each["runs"] for each in ended["steps"]] == [1, 1]
    assert "$resume_data" not in exports(ended, "pause")


def test_a_delay_whose_links_nobody_kept_goes_on_too(own_steps: Interlude) -> None:
    """A bare pd.flow.delay(ms) waits as long, and the step runs once."""
    ended = own_steps.start("pausing", {"scene": "delay_and_drop_the_links", "ms": 1000}).until("succeeded")

    assert lasted(ended) >= timedelta(seconds=1)
    assert [each["runs"] for each in ended["steps"]] == [1, 1]


def test_the_shortest_delay_is_a_millisecond(own_steps: Interlude) -> None:
    """pd.flow.delay(1) is a delay."""
    run = own_steps.start("pausing", {"scene": "delay_and_drop_the_links", "ms": 1}).until("succeeded")

    assert returned(run, "pause") == {"runs": 1}


def test_the_longest_delay_is_a_year(own_steps: Interlude) -> None:
    """A delay of 365 days is taken, and told."""
    run = own_steps.start("pausing", {"scene": "delay_and_keep_the_links", "ms": 31_536_000_000})
    paused = run.until("paused")
    wait = paused["wait"]

    assert (wait["step"], wait["kind"]) == ("pause", "delay")
    assert returned(paused, "pause") == {"runs": 1, **run.links()}
    assert int(wait["until"][:4]) == int(wait["since"][:4]) + 1
    run.cancel()


def test_the_resume_link_skips_the_rest_of_a_delay(own_steps: Interlude) -> None:
    """Who opens the link goes on at once, and the next step finds the request."""
    run = own_steps.start("pausing", {"scene": "delay_and_keep_the_links", "ms": 600_000})
    wait = run.until("paused")["wait"]

    assert run.resume(json="no need to wait").json()["outcome"] == "resumed"

    ended = run.until("succeeded")
    assert ended["ended_at"] < wait["until"]
    assert exports(ended, "pause")["$resume_data"]["body"] == "no need to wait"


def test_the_cancel_link_ends_a_delayed_run(own_steps: Interlude) -> None:
    """Who opens the cancel link of a delay cancels the run."""
    run = own_steps.start("pausing", {"scene": "delay_and_keep_the_links", "ms": 600_000})

    assert run.cancel().json()["outcome"] == "cancelled"

    assert step(run.until("cancelled"), "witness")["runs"] == 0
