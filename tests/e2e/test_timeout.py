"""What happens when nobody opens a link in time."""

import re
from datetime import timedelta

import pytest

from .client import Interlude, exports, lasted, returned, step


def test_a_suspended_run_goes_on_by_itself_without_resume_data(interlude: Interlude) -> None:
    """When the time is up the run resumes, and the next step finds no $resume_data."""
    ended = interlude.start("approval", {"document": "The plan", "timeout_ms": 1000}).until("succeeded")

    assert lasted(ended) >= timedelta(seconds=1)
    assert "$resume_data" not in exports(ended, "ask")
    assert returned(ended, "publish") == {"document": "The plan", "decision": "timed out", "by": None}


def test_the_step_after_a_timeout_has_no_resume_in_its_context(own_steps: Interlude) -> None:
    """pd.context["resume"] is None where the time was up."""
    run = own_steps.start("pausing", {"scene": "suspend_for", "ms": 1000}).until("succeeded")

    seen = returned(run, "witness")
    assert seen["resume"] is None
    assert "$resume_data" not in seen["steps"]["pause"]


def test_a_suspend_may_ask_to_be_cancelled_at_its_timeout(own_steps: Interlude) -> None:
    """With on_timeout="cancel" the run is cancelled when the time is up, and later steps never run."""
    run = own_steps.start("pausing", {"scene": "suspend_or_cancel", "ms": 1000}).end()

    assert run["status"] == "cancelled"
    assert step(run, "witness")["runs"] == 0


def test_a_suspend_that_would_be_cancelled_can_be_resumed_in_time(own_steps: Interlude) -> None:
    """on_timeout="cancel" changes nothing for who comes in time."""
    run = own_steps.start("pausing", {"scene": "suspend_or_cancel", "ms": 600_000})

    assert run.resume(json="in time").status_code == 200

    assert exports(run.until("succeeded"), "pause")["$resume_data"]["body"] == "in time"


@pytest.mark.parametrize(
    ("scene", "status", "sentence"),
    [
        ("suspend_for", "succeeded", r"and the run continued\. The run succeeded at {ended_at}\."),
        ("suspend_or_cancel", "cancelled", r"and that cancelled the run\."),
    ],
)
def test_links_of_a_wait_that_elapsed_say_what_became_of_it(
    own_steps: Interlude, scene: str, status: str, sentence: str
) -> None:
    """Once the timer was first, neither link does anything: 410 with the whole story, and the run stays as it is."""
    run = own_steps.start("pausing", {"scene": scene, "ms": 1000})
    ended = run.until(status)

    answers = [own_steps.public.post(link) for link in returned(ended, "pause").values()]

    assert [answer.status_code for answer in answers] == [410, 410]
    whole = rf"This wait timed out at \d{{4}}-[\dT:.-]+Z, {sentence.format(ended_at=ended['ended_at'])}"
    assert all(re.fullmatch(whole, answer.json()["error"]) for answer in answers), answers[0].text
    assert run.get() == ended


def test_a_stack_may_cancel_at_timeouts_unless_the_call_says_otherwise(other_stack: Interlude) -> None:
    """The parameter SuspendTimeoutAction is the default, and on_timeout goes before it."""
    by_default = other_stack.start("approval", {"document": "The plan", "timeout_ms": 1000})
    by_call = other_stack.start("pausing", {"scene": "suspend_or_resume", "ms": 1000})

    assert by_default.end()["status"] == "cancelled"
    assert by_call.end()["status"] == "succeeded"
