"""Plays a schedule of a scenario, lets the world recover as AWS does, and judges what has become of the run."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.faults.actors import Given, Sender
from tests.faults.judgement import Judge
from tests.faults.scenarios import Scenario
from tests.faults.schedule import Bounds, Taken, every
from tests.faults.world import World


@dataclass
class Played:
    scenario: str
    schedule: str
    moves: list[tuple[str, str]]
    wrong: list[str]

    @property
    def report(self) -> str:
        """What went wrong, and the text that plays it again."""
        told = [f"  {move:<8} {what}" for move, what in self.moves]
        return "\n".join([f"{self.scenario}: {self.schedule}", *told, *(f"  -> {each}" for each in self.wrong)])


class Theatre:
    """Plays the schedules of one scenario, each from the same beginning."""

    def __init__(self, world: World, scenario: Scenario, nothing: Any) -> None:
        world.restore(nothing)
        self._world, self._scenario = world, scenario
        self._given = scenario.prepare(world)
        self._start = world.save()

    def all(self, bounds: Bounds, nth: int = 1) -> Iterator[Played]:
        """Every schedule within the bounds, or a share of them."""
        bounds = replace(bounds, faults=min(bounds.faults, self._scenario.faults))
        last: list[Played] = []

        def play(taken: Taken) -> None:
            last[:] = [self._play(taken, bounds)]

        for _ in every(play, nth):
            yield last[0]

    def one(self, schedule: str) -> Played:
        """The schedule of a report."""
        return self._play(Taken(schedule.split()), Bounds())

    def entered(self, schedule: str) -> list[str]:
        """The states that the run's first execution goes through in a schedule."""
        self.one(schedule)
        return self._world.machines.executions[self._given.execution.arn].entered

    def _play(self, taken: Taken, bounds: Bounds) -> Played:
        world = self._world
        world.restore(self._start)
        given = Given(world, self._given.run_id, self._given.execution)
        actors = [cast(given) for cast in self._scenario.cast]
        moves = world.stage.run(actors, taken, bounds)
        judge = self._recover(given, taken)
        return Played(self._scenario.name, taken.text, moves, judge.wrong)

    def _recover(self, given: Given, taken: Taken) -> Judge:
        world = given.world
        unanswered = [sender for sender in given.senders if not sender.answers and self._acted(sender, taken)]
        asks = taken(["asks-late", "asks-soon", "asks-never"]) if unanswered else ""
        if asks == "asks-soon":
            _send(unanswered, world)
        _settle(world)
        if asks == "asks-late":
            _send(unanswered, world)
            _settle(world)
        early = Judge(self._scenario, given, taken.moves)
        early.woken()
        world.broken += [each for each in early.wrong if each not in world.broken]
        _to_the_end(world)
        judge = _judged(self._scenario, given, taken)
        failed = [run for run in judge.runs() if run.status == "failed"]
        if failed and not judge.wrong:
            again = Sender("retry", "retry", "POST", f"/runs/{failed[0].run_id}/retry")
            given.senders.append(again)
            again.send(world)
            _to_the_end(world)
            judge = _judged(self._scenario, given, taken)
        return judge

    @staticmethod
    def _acted(sender: Sender, taken: Taken) -> bool:
        return any(move.startswith(sender.name) for move in taken.moves)


def _send(senders: list[Sender], world: World) -> None:
    for sender in senders:
        sender.send(world)


def _settle(world: World) -> None:
    """What happens by itself, without a timer: executions go on, the stream and EventBridge deliver."""
    while world.go_on() or world.records or world.words:
        records, words = copy.deepcopy((world.records, world.words))
        world.deliver_records()
        world.deliver_words()
        # Both come at least once.
        world.records, world.words = records + world.records, words + world.words
        world.deliver_records()
        world.deliver_words()


def _to_the_end(world: World) -> None:
    _settle(world)
    while resting := [each for each in world.machines.executions.values() if each.rests]:
        world.time_out(min(resting, key=lambda each: each.until_ms))
        _settle(world)


def _judged(scenario: Scenario, given: Given, taken: Taken) -> Judge:
    judge = Judge(scenario, given, taken.moves)
    for invariant in (judge.told, judge.hooked, judge.ended, judge.ran):
        invariant()
    return judge
