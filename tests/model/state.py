"""What the model knows of a run: its items, its executions, who is at work, and what is on its way.

All are tuples, so that a state can be a member of a set. Names are those of `interlude.models`.
"""

from typing import Any, NamedTuple

ENDED = ("succeeded", "failed", "cancelled")
LIVE = ("run", "invoked", "park", "parked", "delay", "roll", "record")
"""The states of an execution that has not ended. `run` is Run step before it has called, `invoked` after it has."""


class Cursor(NamedTuple):
    index: int = 0
    run: int = 1
    turn: int = 1
    next: str = "continue"
    wait: str = ""
    after: str = ""

    @property
    def comes_from_own_wait(self) -> bool:
        return self.wait in (own := f"{self.index}.{self.run}", f"{own}r")

    def then(self, what: str, **changes: Any) -> "Cursor":
        return self._replace(**{"next": what, "after": "", "turn": self.turn + 1, "wait": "", **changes})


class Pause(NamedTuple):
    wait: str
    kind: str
    parked: bool


class Run(NamedTuple):
    status: str = "running"
    pauses: int = 0
    execution: str = "first"
    """Its name."""
    retried: Cursor | None = None
    failed_at: Cursor | None = None
    """Where it failed, as `failure` tells; None where it has not."""
    ends: int = 0
    """How often it has ended: tells one failure from another, as `ended_at` does."""


class Step(NamedTuple):
    turn: int
    status: str
    runs: int
    answer: Cursor | None
    pause: Pause | None = None
    data: str = ""
    """Whose request its exports have as $resume_data."""
    failed_at: Cursor | None = None


class Wait(NamedTuple):
    outcome: str = ""
    by: str = ""
    token: str = ""
    closed: bool = False
    """Whether its run was stopped."""


class Execution(NamedTuple):
    name: str
    state: str
    at: Cursor
    begun: int = 1
    """Its first turn."""
    token: str = ""
    tokens: int = 0
    calls: int = 0
    """How often it has called a function: only the last call is listened to."""


class State(NamedTuple):
    run: Run
    steps: tuple[Step | None, ...]
    waits: tuple[tuple[str, Wait], ...]
    executions: tuple[Execution, ...]
    actors: tuple[Any, ...] = ()
    """Processes at work, each at one of its effects."""
    records: tuple[Any, ...] = ()
    """Changes in the table's stream that nobody has seen to."""
    words: tuple[int, ...] = ()
    """Executions whose bad end EventBridge has still to tell of."""
    requests: tuple[Any, ...] = ()
    """What clients may still ask for."""
    handed: tuple[str, ...] = ()
    """Waits whose links are known outside."""
    paused: tuple[str, ...] = ()
    """Waits that the run has come to, in order. A link may be handed out for one that never comes."""
    up: tuple[str, ...] = ()
    """Waits whose timer has run out: time does not go back."""
    done: frozenset[tuple[int, int]] = frozenset()
    """Attempts whose result is stored."""
    faults: tuple[tuple[str, int], ...] = ()
    """What may still go wrong, and how often."""

    def wait(self, name: str) -> Wait:
        return dict(self.waits).get(name, Wait())

    def with_wait(self, name: str, wait: Wait) -> "State":
        return self._replace(waits=tuple(sorted({**dict(self.waits), name: wait}.items())))

    def with_step(self, index: int, step: Step) -> "State":
        return self._replace(steps=(*self.steps[:index], step, *self.steps[index + 1 :]))

    def with_execution(self, number: int, **changes: Any) -> "State":
        changed = self.executions[number]._replace(**changes)
        return self._replace(executions=(*self.executions[:number], changed, *self.executions[number + 1 :]))

    def with_actor(self, old: Any, new: Any = None) -> "State":
        """One actor, or None, gives way to another, or None."""
        left = list(self.actors)
        if old is not None:
            left.remove(old)
        if new is not None:
            left.append(new)
            if len(left) > 1:
                left.sort(key=repr)
        return self._replace(actors=tuple(left))

    def may(self, fault: str) -> bool:
        return dict(self.faults).get(fault, 0) > 0

    def after(self, fault: str) -> "State":
        return self._replace(faults=tuple((name, left - (name == fault)) for name, left in self.faults))
