"""What one search is about: what the code does, what clients ask for, what may go wrong, which rule is left out."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tests.model.state import Cursor, Execution, Run, State


class Broken(Exception):
    """A promise that a state or an answer does not keep."""


class Request(NamedTuple):
    """Something that a client may send at any time, once. `does` is resume, cancel, stop or retry."""

    name: str
    does: str
    key: str = ""
    """Its Idempotency-Key: two requests with one are the same one, sent twice."""


RULES = {
    "claim": "writes.claim: attribute_not_exists(outcome)",
    "claim with run": "store.claim_cancel: the run's own condition is in the transaction, too",
    "claim first": "waits.end: the claim comes before the wake-up",
    "Park": "workflow.asl.json: Park's attribute_not_exists(outcome)",
    "turn": "writes.step: turn < :turn",
    "answered": "turn.answer: loaded.step.turn >= at.turn, not >",
    "active": "writes.run: status IN (running, paused)",
    "pauses": "writes.go_on: status = paused AND pauses = :pauses",
    "twin": "turn._settle: reads the step again where another call has set the run going",
    "closed": "workflow.asl.json: Park's attribute_not_exists(closed)",
    "stream": "wakeups.handle, and the template's filter",
    "reads": "turn._settle: reads the outcome before it says that time was up",
    "told winner": "waits.end: answers with the wait as it stands, not as the request would have it",
    "retry once": "writes.retry: status = failed AND ended_at = :ended_at",
    "one name": "revival._name: a retry's execution has one name",
    "rolled": "waits.stop: the execution that the last step has rolled over to is stopped, too",
    "from turn": "writes.run and Record failure: from_turn <= :turn",
    "stream stops": "wakeups: a run that was stopped is stopped again",
    "stream starts": "wakeups: a run that was retried is started again",
    "Record failure": "workflow.asl.json: the Catch of Run step goes to Record failure",
    "trouble": "workflow.asl.json: Run step's Retry has the error that outage.reported makes of the store's",
    "closes": "failures.handle: closes the run of an execution that ended without a word",
}
"""Each can be taken out of the model, to see that the search finds what it is for."""


@dataclass(frozen=True)
class Scenario:
    code: dict[tuple[int, int], str]
    """What the n-th attempt of a step does: see Invocation._code. It returns where nothing is said."""
    requests: tuple[Request, ...] = ()
    faults: dict[str, int] = field(default_factory=dict)
    """crash, trouble, repeated call, lost answer, killed: how often at most."""
    steps: int = 2
    on_timeout: str = "resume"
    rolls: bool = False
    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert self.without <= set(RULES), self.without

    def has(self, rule: str) -> bool:
        return rule not in self.without

    def does(self, index: int, run: int) -> str:
        return self.code.get((index, run), "return")

    @property
    def spares_runs(self) -> bool:
        """Whether nothing in it explains that a run fails."""
        return set(self.faults) <= {"trouble"} and not any("fail" in does for does in self.code.values())

    def first(self) -> State:
        """Begin has written the run's item."""
        return State(
            run=Run(),
            steps=(None,) * self.steps,
            waits=(),
            executions=(Execution("first", "run", Cursor()),),
            requests=tuple(sorted(self.requests)),
            faults=tuple(sorted(self.faults.items())),
        )

    def key_of(self, name: str) -> str:
        """What a request is known by when it is repeated."""
        return next((request.key for request in self.requests if request.name == name), "") or name
