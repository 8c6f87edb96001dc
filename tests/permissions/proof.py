"""Takes words away from the policies of a running stack, and looks whether it is noticed."""

import time
from collections.abc import Callable, Iterable, Sequence

from tests.permissions.statements import Word, without
from tests.permissions.world import Refused, World

Scenario = Callable[[World], None]


class Proof:
    """What each of some scenarios needs, and how long it takes: learnt from a run in which nothing is missing."""

    def __init__(self, world: World, scenarios: Sequence[Scenario]) -> None:
        self._world = world
        self.needs: dict[Scenario, set[Word]] = {}
        self._seconds: dict[Scenario, float] = {}
        for scenario in scenarios:
            world.used = set()
            started = time.monotonic()
            world.perform(scenario)
            self._seconds[scenario], self.needs[scenario] = time.monotonic() - started, world.used

    @property
    def used(self) -> set[Word]:
        return set().union(*self.needs.values())

    def refusals(self, words: Iterable[Word]) -> dict[Word, str]:
        """How the stack fails without each of these, and an empty text where it does not."""
        return {word: self._refusal(word) for word in words}

    def _refusal(self, word: Word) -> str:
        # What one scenario has asked for, another need not ask again for a while. The quickest is tried first.
        for scenario in sorted(self.needs, key=lambda each: self._seconds[each]):
            if word not in self.needs[scenario]:
                continue
            with without(word):
                try:
                    self._world.perform(scenario)
                except Refused as refused:
                    return str(refused)
        return ""
