"""No order of two actors' calls, and no fault at one of them, breaks a promise: a part of `make bench ARGS=faults`."""

import pytest

from tests.faults.running import Suite
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.schedule import Bounds

ONE = Bounds(together=1)
"""One fault, or one actor that comes in between."""
SHARE = 3

TRIED: dict[str, int] = {}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_no_schedule_breaks_an_invariant(suite: Suite, scenario: Scenario):
    """A third of the schedules with one fault or one actor in between: always the same ones."""
    played = list(suite.theatre(scenario).all(ONE, SHARE))

    TRIED[scenario.name] = len(played)
    broken = [each.report for each in played if each.wrong]
    assert not broken, "\n".join(broken[:3])


def test_so_many_schedules_were_tried(suite: Suite):
    """The count does not shrink unseen. Run alone, this test has tried nothing."""
    if len(TRIED) < len(SCENARIOS):
        pytest.skip("needs the tests before it")
    print(f"{sum(TRIED.values())} schedules of {len(TRIED)} scenarios")
    assert sum(TRIED.values()) >= 1_100
