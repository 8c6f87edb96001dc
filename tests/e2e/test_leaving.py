"""What a run leaves behind in the process of a step, and the next run does not find."""

import pytest

from .client import Interlude, returned, step


@pytest.mark.parametrize("leaves", ["variables", "child"])
def test_a_run_leaves_nothing_to_the_next(own_steps: Interlude, leaves: str) -> None:
    """Neither settings of AWS clients nor a child that comes back: each run does its own work."""
    runs = [own_steps.start("leaving", {"leaves": what}).until("succeeded") for what in (leaves, "", leaves, "")]

    handed_on = [returned(run, "go_on") for run in runs]
    assert [each["found"] for each in handed_on] == [[]] * 4
    assert [each["large"] for each in handed_on] == [100_000] * 4
    assert [step(run, "leave")["runs"] for run in runs] == [1] * 4
    # One after the other, they had the same process; a child has other ids.
    assert len({each["pid"] for each in handed_on}) == 1
