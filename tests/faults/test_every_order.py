"""No order of two actors' calls, and no fault at one of them, breaks a promise: a part of `make bench ARGS=faults`.

make proof tries every schedule with one fault or one actor that comes in between, make test some of them.
"""

import pytest

from tests.faults.running import Suite
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.schedule import Bounds

ONE = Bounds(together=1)
"""One fault, or one actor that comes in between."""
SHARES = [pytest.param(1, marks=pytest.mark.proof, id="all"), pytest.param(10, id="some")]
"""Every one, or one of so many: always the same ones."""
LEAST = {1: 5_000, 10: 180}

TRIED: dict[int, dict[str, int]] = {1: {}, 10: {}}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("share", SHARES)
def test_no_schedule_breaks_an_invariant(suite: Suite, share: int, scenario: Scenario):
    """Whoever dies, and whoever comes in between."""
    played = list(suite.theatre(scenario).all(ONE, share))

    TRIED[share][scenario.name] = len(played)
    broken = [each.report for each in played if each.wrong]
    assert not broken, "\n".join(broken[:3])


@pytest.mark.parametrize("share", SHARES)
def test_so_many_schedules_were_tried(share: int):
    """The count does not shrink unseen. Run alone, this test has tried nothing."""
    tried = TRIED[share]
    if len(tried) < len(SCENARIOS):
        pytest.skip("needs the tests before it")
    print(f"{sum(tried.values())} schedules of {len(tried)} scenarios")
    assert sum(tried.values()) >= LEAST[share]
