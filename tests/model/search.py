"""The search: all states that a scenario can come to, and the shortest way to one that breaks a promise."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.model import deliveries, execution, promises
from tests.model.clients import Click, Retry, Stop
from tests.model.invocation import Invocation
from tests.model.scenario import Broken, Request, Scenario
from tests.model.state import State

TROUBLE = ": DynamoDB has trouble"


class Move(NamedTuple):
    kind: str
    """step, timer, client or fault."""
    name: str
    who: Any
    """The actor, or the number of the execution, the record of the stream, or who asks."""
    after: State | None
    """None where an actor takes the step: that may break a promise."""

    def state(self, s: State, sc: Scenario) -> State:
        return self.after if self.after is not None else self.who.go(s, sc)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Found:
    states: int
    transitions: int
    ends: int
    """States that nothing leads out of."""
    broken: str = ""
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f"{self.states:,} states, {self.transitions:,} transitions, {self.ends:,} ends"
        return told if not self.broken else "\n".join([told, self.broken, *(f"    {name}" for name in self.trace)])


def moves(s: State, sc: Scenario) -> Iterator[Move]:
    """Everything that may happen next."""
    for number in range(len(s.executions)):
        yield from (Move(kind, name, number, after) for kind, name, after in execution.moves(s, sc, number))
    yield from (Move(*move) for move in deliveries.moves(s, sc))
    for actor in dict.fromkeys(s.actors):
        yield Move("step", _name(actor), actor, None)
        if s.may("crash"):
            yield from _crashes(s.after("crash"), sc, actor)
        if s.may("trouble") and isinstance(actor, Invocation) and actor.effect not in ("code", "answer"):
            after = execution.troubled(s.after("trouble").with_actor(actor), sc, actor.execution, actor.call)
            yield Move("fault", f"{_name(actor)}{TROUBLE}", actor, after)
    for request in dict.fromkeys(s.requests):
        left = list(s.requests)
        left.remove(request)
        rest = s._replace(requests=tuple(left))
        for actor in _asked(s, request):
            yield Move("client", f"{request.name} asks to {request.does}", actor, rest.with_actor(None, actor))


def _name(actor: Any) -> str:
    who = getattr(actor, "request", None)
    told = who.name if isinstance(who, Request) else type(actor).__name__
    return f"{told}{f' of turn {actor.at.turn}' if isinstance(actor, Invocation) else ''}: {actor.effect}"


def _asked(s: State, request: Any) -> list[Any]:
    if request.does == "stop":
        return [Stop(request)]
    if request.does == "retry":
        return [Retry(request, late=False), Retry(request, late=True)]
    return [Click(request, wait) for wait in s.handed]


def _crashes(s: State, sc: Scenario, actor: Any) -> Iterator[Move]:
    told, gone = f"{_name(actor)}: dies before it", s.with_actor(actor)
    if isinstance(actor, Invocation):
        for how, after in execution.died(gone, sc, actor.execution, actor.call):
            yield Move("fault", f"{told}, {how}", actor, after)
    else:
        yield Move("fault", told, actor, actor.back(gone) if hasattr(actor, "back") else gone)


def search(sc: Scenario, most: int = 2_000_000) -> Found:
    """Looks at all states, nearest first, up to the first broken promise."""
    first = sc.first()
    before: dict[State, tuple[State, str] | None] = {first: None}
    waiting, transitions, ends = deque([first]), 0, 0
    onward: dict[State, list[State]] = {}
    while waiting:
        s = waiting.popleft()
        quiet, alone, behind, last = True, True, [], ""
        try:
            for move in moves(s, sc):
                kind, last = move.kind, move.name
                after = move.state(s, sc)
                transitions += 1
                promises.of_move(s, after)
                promises.of_end(after, sc)
                quiet &= kind != "step"
                alone &= kind in ("client", "fault")
                if kind in ("step", "timer"):
                    behind.append(after)
                if after not in before:
                    before[after] = (s, last)
                    waiting.append(after)
                    assert len(before) <= most, "too many states"
            last = ""
            if quiet:
                promises.of_rest(s)
        except Broken as broken:
            return Found(len(before), transitions, ends, str(broken), _trace(before, s, last))
        ends += alone
        onward[s] = behind
    for s in _without_end(onward):
        return Found(len(before), transitions, ends, "no end can be reached any more", _trace(before, s, ""))
    return Found(len(before), transitions, ends)


def _trace(before: dict[State, tuple[State, str] | None], s: State, last: str) -> tuple[str, ...]:
    names = [last] if last else []
    at: tuple[State, str] | None = before[s]
    while at:
        names.append(at[1])
        at = before[at[0]]
    return tuple(reversed(names))


def _without_end(onward: dict[State, list[State]]) -> list[State]:
    """States from which steps and timers alone never lead to a run that has ended, with nothing left to be done."""
    ahead: dict[State, list[State]] = {}
    for s, behind in onward.items():
        for after in behind:
            ahead.setdefault(after, []).append(s)
    waiting = [s for s, behind in onward.items() if not behind and promises.has_ended(s)]
    good = set(waiting)
    while waiting:
        for s in ahead.get(waiting.pop(), []):
            if s not in good:
                good.add(s)
                waiting.append(s)
    return [s for s in onward if s not in good]
