"""What is delivered at least once, some time later: the table's stream to Wakeups, EventBridge's word to Failures."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.model import execution, table
from tests.model.clients import Stop
from tests.model.scenario import Scenario
from tests.model.state import ENDED, Cursor, Run, State


class Failures(NamedTuple):
    """control.failures.handle."""

    number: int
    """Of the execution that has ended badly."""
    effect: str = "history"
    at: Cursor = Cursor()

    def go(self, s: State, sc: Scenario) -> State:
        return getattr(self, f"_{self.effect}")(s, sc)  # type: ignore[no-any-return]

    def _history(self, s: State, sc: Scenario) -> State:
        """store.history."""
        if s.run.status in ENDED or not sc.has("closes"):
            return self._again(s, sc)
        known = [step.answer or step.failed_at for step in s.steps if step]
        at = max((c for c in (*known, s.run.retried, Cursor()) if c), key=lambda cursor: cursor.turn)
        return s.with_actor(self, self._replace(effect="close", at=at))

    def _close(self, s: State, sc: Scenario) -> State:
        """store.cancel for an execution that was stopped, else store.close."""
        e = s.executions[self.number]
        if e.state == "aborted":
            s, _ = table.cancel(s, sc, e.begun)
        else:
            s = table.close(s, sc, e.begun, self.at)
        return s.with_actor(self, self._replace(effect="again"))

    def _again(self, s: State, sc: Scenario) -> State:
        """store.history once more, and what it failed of."""
        rolled = s.run.status == "failed" and s.run.failed_at and s.run.failed_at.next == "roll"
        return s.with_actor(self, self._replace(effect="halt", at=s.run.failed_at) if rolled else None)

    def _halt(self, s: State, sc: Scenario) -> State:
        """executions.stop of the execution that may be there though no answer ever said so."""
        return execution.stop(s, f"roll {self.at.turn}").with_actor(self)

    def back(self, s: State) -> State:
        """It has failed, and comes again."""
        return s._replace(words=tuple(sorted({*s.words, self.number})))


class Wakeups(NamedTuple):
    """control.wakeups.handle with a record of the stream: each is one task of it."""

    record: tuple[str, ...]
    effect: str = "wake"
    run: Run | None = None

    def go(self, s: State, sc: Scenario) -> State:
        return getattr(self, f"_{self.effect}")(s, sc)  # type: ignore[no-any-return]

    def _wake(self, s: State, sc: Scenario) -> State:
        """executions.wake."""
        _, token, outcome = self.record
        return execution.wake(s, token, cancel=outcome == "cancelled").with_actor(self)

    def _history(self, s: State, sc: Scenario) -> State:
        """store.history in revival.start, and revival._lacks_its_execution."""
        went = s.run.retried
        if s.run.status in ENDED or not went or any(step and step.turn >= went.turn for step in s.steps):
            return s.with_actor(self)
        return s.with_actor(self, self._replace(effect="exists", run=s.run))

    def _exists(self, s: State, sc: Scenario) -> State:
        """executions.exists."""
        assert self.run
        there = any(e.name == self.run.execution for e in s.executions)
        return s.with_actor(self, None if there else self._replace(effect="start"))

    def _start(self, s: State, sc: Scenario) -> State:
        """executions.start."""
        assert self.run and self.run.retried
        return execution.start(s, sc, self.run.execution, self.run.retried).with_actor(self)

    def back(self, s: State) -> State:
        """It has failed, and comes again."""
        return table.streamed(s, self.record)


FIRST = {"wake": Wakeups, "stop": Stop, "retry": lambda record: Wakeups(record, "history")}
"""Who does what a record asks for: a run that was stopped is stopped as its client has asked for."""


def moves(s: State, sc: Scenario) -> Iterator[tuple[str, str, object, State]]:
    for record in s.records:
        begun = s.with_actor(None, FIRST[record[0]](record))
        yield "step", f"Wakeups to {record[0]}", record, begun._replace(records=_without(s.records, record))
        if s.may("told twice"):
            yield "fault", f"Wakeups to {record[0]}, and are told again", record, begun.after("told twice")
    for number in s.words:
        begun = s.with_actor(None, Failures(number))
        yield "step", "Failures begin", number, begun._replace(words=_without(s.words, number))
        if s.may("told twice"):
            yield "fault", "Failures begin, and are told again", number, begun.after("told twice")


def _without(all_of_them: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    return tuple(each for each in all_of_them if each != one)
