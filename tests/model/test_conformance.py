"""The model is the code's: the real code goes its ways, effect by effect, and leaves the same in the table."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.model.scenario import Scenario
from tests.model.scenarios import SMALL
from tests.model.stage import Stage
from tests.model.walk import follow, ways

WAYS = ways(list(SMALL.values()), 12)
"""Few of many: each shows something that the others don't. make test goes every fourth."""


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=pytest.mark.proof if number % 4 else []) for number in range(len(WAYS))]
)
def test_the_code_goes_the_ways_of_the_model(begin: Callable[..., Stage], number: int):
    """After each request of API, steps, Wakeups, Failures and state machine the items are those of the model."""
    follow(*WAYS[number], begin)


OTHERWISE = {
    "claim": "two resumes and a cancel in the last step",
    "Park": "a resume and a cancel, and a lost answer of Park",
    "turn": "two reruns, of which a call is made twice",
    "from turn": "a retry, and a late repetition",
}


@pytest.mark.parametrize("rule", OTHERWISE)
def test_the_code_does_not_go_the_ways_of_another_model(begin: Callable[..., Stage], rule: str):
    """What a model without one rule says, the code does otherwise: the comparison sees the rule."""
    other = replace(SMALL[OTHERWISE[rule]], without=frozenset({rule}))

    with pytest.raises((AssertionError, StopIteration, ValueError)):
        _follow_all(other, begin)


def _follow_all(sc: Scenario, begin: Callable[..., Stage]) -> None:
    for each in ways([sc], 40):
        follow(*each, begin)
