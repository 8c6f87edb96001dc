"""Whatever happens in whatever order, and whoever dies in between: the real code keeps its promises."""

import pytest

from interlude.run import writes
from tests.model.life import FAULTS, Life, live


@pytest.mark.parametrize("examples", [3, pytest.param(60, marks=pytest.mark.proof)])
def test_a_run_keeps_its_promises_whatever_happens(examples: int):
    """With clicks, stops, retries, timers, deliveries and deaths in any order."""
    live(examples)


@pytest.mark.proof
def test_a_claim_without_its_condition_is_caught(monkeypatch: pytest.MonkeyPatch):
    """The test above can fail: two clicks are both told that they were first, and the second changes the outcome."""
    claim = writes.claim
    monkeypatch.setattr(
        writes,
        "claim",
        lambda *given, **more: {n: v for n, v in claim(*given, **more).items() if n != "ConditionExpression"},
    )

    with pytest.raises(AssertionError):
        live(examples=15)


def test_a_life_has_as_many_faults_as_its_budget_says():
    """The last one is injected, too, and not only counted."""
    life = Life()
    life.faults = 0

    injected = [life._fault() for _ in range(FAULTS + 2)]

    assert injected == [True] * FAULTS + [False, False]
    assert life.faults == FAULTS
