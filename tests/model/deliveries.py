"""What is delivered at least once, some time later: the table's stream to Wakeups, EventBridge's word to Failures."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.model import execution, table
from tests.model.scenario import Scenario
from tests.model.state import ENDED, Cursor, State


class Failures(NamedTuple):
    """control.failures.handle."""

    number: int
    """Of the execution that has ended badly."""
    effect: str = "history"
    at: Cursor = Cursor()

    def go(self, s: State, sc: Scenario) -> State:
        return getattr(self, f"_{self.effect}")(s, sc)  # type: ignore[no-any-return]

    def _history(self, s: State, sc: Scenario) -> State:
        """store.history, and failures._is_past."""
        e, went = s.executions[self.number], s.run.retried
        past = went is not None and e.begun < went.turn and sc.has("past")
        if s.run.status in ENDED or past or not sc.has("closes"):
            return s.with_actor(self)
        known = [step.answer or step.failed_at for step in s.steps if step]
        at = max((c for c in (*known, went, Cursor()) if c), key=lambda cursor: cursor.turn)
        return s.with_actor(self, self._replace(effect="close", at=at))

    def _close(self, s: State, sc: Scenario) -> State:
        """store.cancel for an execution that was stopped, else store.close."""
        if s.executions[self.number].state == "aborted":
            s, _ = table.cancel(s, sc)
        else:
            s = table.close(s, sc, self.at)
        return s.with_actor(self)


def moves(s: State, sc: Scenario) -> Iterator[tuple[str, str, object, State]]:
    for wait in s.records:
        woken = execution.wake(s, wait.token, cancel=wait.outcome == "cancelled")
        yield "step", "Wakeups wake", wait, woken._replace(records=tuple(r for r in s.records if r != wait))
        if s.may("told twice"):
            yield "fault", "Wakeups wake, and are told again", wait, woken.after("told twice")
    for number in s.words:
        begun = s.with_actor(None, Failures(number))
        yield "step", "Failures begin", number, begun._replace(words=tuple(n for n in s.words if n != number))
        if s.may("told twice"):
            yield "fault", "Failures begin, and are told again", number, begun.after("told twice")
