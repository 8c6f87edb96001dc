"""pd.flow.exit, and what counts where a step calls several."""

import pytest

from .client import Interlude, exports, returned, step


@pytest.mark.parametrize("scene", ["suspend_then_exit", "exit_then_suspend"])
def test_exit_beats_a_suspend(own_steps: Interlude, scene: str) -> None:
    """Whichever comes first, the run ends as succeeded, with the reason, and later steps never run."""
    run = own_steps.start("pausing", {"scene": scene}).end()

    assert (run["status"], run["exit_reason"], run["error"]) == ("succeeded", "nothing to ask", None)
    assert step(run, "witness")["runs"] == 0


def test_exit_beats_a_rerun(own_steps: Interlude) -> None:
    """The step does not run again."""
    run = own_steps.start("pausing", {"scene": "exit_then_rerun"}).end()

    assert (run["status"], run["exit_reason"]) == ("succeeded", "once is enough")
    assert [each["runs"] for each in run["steps"]] == [1, 0]


def test_the_rest_of_the_step_runs_after_exit(own_steps: Interlude) -> None:
    """exit does not raise: what the step exports and returns afterwards counts."""
    run = own_steps.start("pausing", {"scene": "suspend_then_exit"}).end()

    assert exports(run, "pause") == {"after_exit": "this ran too", "$return_value": "returned"}


def test_exit_needs_no_reason(own_steps: Interlude) -> None:
    """A bare pd.flow.exit() ends the run without one."""
    run = own_steps.start("pausing", {"scene": "exit_without_a_reason"}).end()

    assert (run["status"], run["exit_reason"]) == ("succeeded", None)
    assert step(run, "witness")["status"] == "pending"


@pytest.mark.parametrize(("scene", "kind"), [("delay_then_suspend", "suspend"), ("suspend_then_delay", "delay")])
def test_the_last_call_counts(own_steps: Interlude, scene: str, kind: str) -> None:
    """Of several pauses in one step the last one is what happens."""
    run = own_steps.start("pausing", {"scene": scene})

    assert run.until("paused")["wait"]["kind"] == kind

    run.cancel()


def test_the_last_call_counts_for_each_run_of_a_step(own_steps: Interlude) -> None:
    """A rerun after a suspend reruns, and a delay after a suspend in its second run delays."""
    run = own_steps.start("pausing", {"scene": "suspend_then_rerun"}).until("succeeded")

    assert [each["runs"] for each in run["steps"]] == [2, 1]
    assert returned(run, "pause") == "from the rerun"
