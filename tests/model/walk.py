"""Takes the real code along the way that the model goes, effect by effect, and compares what both say.

Called by a test and by the bench.
"""

import random
import re
from collections.abc import Callable
from typing import Any

from tests.model.actors import Actor
from tests.model.clients import Click, Retry, Stop
from tests.model.comparison import of_model, of_record, of_stage
from tests.model.deliveries import Failures
from tests.model.scenario import Broken, Scenario
from tests.model.search import TROUBLE, Move, moves
from tests.model.stage import LONG_MS, Stage, step
from tests.model.state import State

REQUESTS = {
    "load": "BatchGetItem",
    "close_wait": "UpdateItem",
    "twin": "BatchGetItem",
    "behind": "BatchGetItem",
    "history": "Query",
    "again": "Query",
    "exists": "DescribeExecution",
    "start": "StartExecution",
    "halt": "StopExecution",
    "halt_rolled": "StopExecution",
    "claim": "UpdateItem",
    "elapse": "UpdateItem",
    "go_on": "UpdateItem",
    "cancel": "UpdateItem",
    "close": "UpdateItem",
    "retry": "TransactWriteItems",
    "save": "PutItem",
    "settle": "TransactWriteItems",
    "pause": "TransactWriteItems",
    "fail": "TransactWriteItems",
    "finish": "TransactWriteItems",
    "code": "code",
    "answer": "",
}
"""What the real code is about to send when the model is at an effect."""


def way(sc: Scenario, seed: int, most: int = 80) -> list[Move]:
    """A way through the model, drawn by its seed."""
    draw, s, taken = random.Random(seed), sc.first(), []  # noqa: S311  # no secret
    while len(taken) < most:
        ahead = list(moves(s, sc))
        if not ahead:
            break
        # Clients and timers are many and early; what is at work should get its turn.
        weights = [1 if move.kind in ("timer", "fault") else 2 if move.kind == "client" else 6 for move in ahead]
        [move] = draw.choices(ahead, weights)
        try:
            s = move.state(s, sc)
        except Broken:  # by a rule that was left out
            break
        taken.append(move)
    return taken


def ways(scenarios: list[Scenario], drawn: int) -> list[tuple[Scenario, list[Move]]]:
    """Of as many ways as are drawn in each scenario, few that together show all that the drawn ones do."""
    shown = [(sc, taken, _shows(sc, taken)) for sc in scenarios for taken in (way(sc, seed) for seed in range(drawn))]
    left = set().union(*(shows for *_, shows in shown))
    kept = []
    while left:
        sc, taken, shows = max(shown, key=lambda each: len(each[2] & left))
        left -= shows
        kept.append((sc, taken))
    return kept


def _shows(sc: Scenario, taken: list[Move]) -> set[tuple[str, str]]:
    """The names of a way's moves, each with how it turned out."""
    s, shows = sc.first(), set()
    for move in taken:
        after = move.state(s, sc)
        shows.add((re.sub(r"of turn \d+", "", move.name), _turned_out(move, s, after)))
        s = after
    return shows


def _turned_out(move: Move, s: State, after: State) -> str:
    """What has become of whoever moved, and whether the table has changed."""
    new = _instead(move.who, s, after) if move.who in s.actors and move.kind == "step" else None
    changed = (s.run, s.steps, s.waits) != (after.run, after.steps, after.waits)
    return f"{getattr(new, 'effect', '')} {changed}"


def follow(sc: Scenario, taken: list[Move], begin: Callable[..., Stage]) -> None:
    """Raises AssertionError where the real code goes another way."""
    retries = any(does == "fail and retry" for does in sc.code.values())
    stage = begin(sc.does, on_timeout=sc.on_timeout, rolls=sc.rolls, steps=sc.steps, retries=retries)
    walker, s, names = _Walker(stage), sc.first(), []
    try:
        for move in taken:
            names.append(move.name)
            after = move.state(s, sc)
            walker.take(move, s, after)
            told, real = of_model(after), of_stage(stage)
            assert real == told, f"after {names}:\n  model {told}\n  real  {real}"
            s = after
    finally:
        for actor in walker.left():
            actor.kill()


class _Walker:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._actors: list[tuple[Any, Actor]] = []
        """Each with what the model knows it as."""

    def left(self) -> list[Actor]:
        return [actor for _, actor in self._actors]

    def take(self, move: Move, s: State, after: State) -> None:
        who, stage = move.who, self.stage
        if isinstance(who, int) and move.name.startswith("Failures"):
            if after.words != s.words:
                stage.words.remove(who)
            self._arrive(s, after, stage.tell_failures(who))
        elif isinstance(who, int):
            self._move_execution(move, s, after)
        elif isinstance(who, tuple) and not hasattr(who, "_fields"):
            self._tell(move, who, s, after)
        elif move.kind == "client":
            self._arrive(s, after, self._asks(who))
        elif move.kind == "fault":
            self._die(move, who)
        else:
            self._step(who, s, after)

    def _move_execution(self, move: Move, s: State, after: State) -> None:
        number, stage = move.who, self.stage
        if move.kind == "timer":
            stage.time_is_up(number)
        elif move.name.startswith("Run step"):
            self._arrive(s, after, stage.call(number))
        elif move.name.startswith("execution "):
            stage.end(number, move.name.removeprefix("execution "))
        else:
            stage.write(number, lost=move.kind == "fault")

    def _asks(self, who: Any) -> Actor:
        if isinstance(who, Click):
            return self.stage.click(who.request.name, who.request.does, who.wait, who.request.key)
        return self.stage.retry("", late=who.late) if isinstance(who, Retry) else self.stage.stop("")

    def _tell(self, move: Move, told: tuple[Any, ...], s: State, after: State) -> None:
        record = next(record for record in self.stage.records if of_record(record) == told)
        if move.kind == "step":
            self.stage.records.remove(record)
        self._arrive(s, after, self.stage.tell_wakeups(record), record)

    def _arrive(self, s: State, after: State, actor: Actor, record: Any = None) -> None:
        """Finds out what the model calls whoever has just come."""
        known = list(s.actors)
        [new] = [who for who in after.actors if not (who in known and not known.remove(who))]  # type: ignore[func-returns-value]
        actor.record = record
        assert actor.pending == _request(new)
        self._actors.append((new, actor))

    def _die(self, move: Move, who: Any) -> None:
        actor = self._found(who)
        self._actors.remove((who, actor))
        if move.name.endswith(TROUBLE):
            actor.refuse()
            assert actor.pending == "", f"{actor.name} goes on to {actor.pending}"
            self.stage.answered(actor)
            return
        actor.kill()
        if isinstance(who, Failures):
            self.stage.words.append(who.number)
        elif actor.record:
            self.stage.records.append(actor.record)
        elif move.name.endswith("called again"):
            self.stage.executions[who.execution].state = "run"
        elif move.name.endswith("caught"):
            e = self.stage.executions[who.execution]
            e.state, e.error = "record", {"Error": "Sandbox.Timedout", "Cause": "it died"}

    def _step(self, who: Any, s: State, after: State) -> None:
        actor = self._found(who)
        self._actors.remove((who, actor))
        if getattr(who, "effect", "") == "answer":
            self.stage.answered(actor)
            return
        new = _instead(who, s, after)
        if isinstance(new, Retry):
            actor.later_ms = LONG_MS * new.late
        wanted = _request(new) if new is not None else ""
        step(actor, wanted)
        if isinstance(who, Failures) and actor.pending == "UpdateItem" != wanted:
            step(actor, wanted)  # store.mend_expiry, of which the model knows nothing
        assert actor.pending == wanted, f"{actor.name} is about to send {actor.pending or 'nothing'}, not {wanted}"
        if new is not None:
            self._actors.append((new, actor))

    def _found(self, who: Any) -> Actor:
        return next(actor for known, actor in self._actors if known == who)


def _instead(who: Any, s: State, after: State) -> Any:
    """What has become of an actor that has moved; None where it has gone."""
    rest = list(s.actors)
    rest.remove(who)
    new = list(after.actors)
    for other in rest:
        new.remove(other)
    return new[0] if new else None


def _request(who: Any) -> str:
    if who.effect == "wake":
        cancel = isinstance(who, Stop) or (
            who.request.does == "cancel" if isinstance(who, Click) else who.record[2] == "cancelled"
        )
        return "SendTaskFailure" if cancel else "SendTaskSuccess"
    if isinstance(who, Click) and who.effect == "claim":
        return "UpdateItem" if who.request.does == "resume" else "TransactWriteItems"
    return REQUESTS[who.effect]
