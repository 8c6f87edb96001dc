"""The model is the code's: the real code goes its ways, effect by effect, and leaves the same in the table."""

from collections.abc import Callable

import pytest

from tests.model.scenario import Request, Scenario
from tests.model.stage import Stage
from tests.model.walk import follow, way

SC = Scenario({(0, 1): "suspend"}, (Request("a", "resume"), Request("c", "cancel")), {"crash": 1})


@pytest.mark.parametrize("seed", range(20))
def test_x(begin: Callable[..., Stage], seed: int):
    follow(SC, way(SC, seed), begin)
