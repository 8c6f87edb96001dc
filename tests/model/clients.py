"""The API at work: a click on a link, a stop, a retry. Each method is one effect, and returns the state after it."""

from typing import Any, NamedTuple

from tests.model import execution, table
from tests.model.scenario import Broken, Request, Scenario
from tests.model.state import ENDED, Cursor, Pause, Run, State, Step, Wait

OUTCOMES = {"resume": "resumed", "cancel": "cancelled"}


class Click(NamedTuple):
    """control.waits.end."""

    request: Request
    wait: str
    effect: str = "load"
    ended: Wait | None = None

    def go(self, s: State, sc: Scenario) -> State:
        return getattr(self, f"_{self.effect}")(s, sc)  # type: ignore[no-any-return]

    def _load(self, s: State, sc: Scenario) -> State:
        """store.load, and waits._check_open."""
        wait, step, over = s.wait(self.wait), s.steps[_index(self.wait)], s.run.status in ENDED
        if wait.outcome:
            return self._told(s, sc, wait)
        if over or not self._is_open(s, step):
            return self._refused(s, sc, "")
        effect = "claim" if sc.has("claim first") else "wake"
        return s.with_actor(self, self._replace(effect=effect, ended=wait))

    def _is_open(self, s: State, step: Step | None) -> bool:
        attempt = int(self.wait.partition(".")[2].removesuffix("r"))
        if step is None or step.runs < attempt:
            went = s.run.retried
            return not (went and (_index(self.wait), attempt) < (went.index, went.run))
        return bool(step.status == "paused" and step.pause and step.pause.parked and step.pause.wait == self.wait)

    def _claim(self, s: State, sc: Scenario) -> State:
        """store.claim, or store.claim_cancel."""
        if self.request.does == "resume":
            s, ended = table.claim(s, sc, self.wait, "resumed", self.request.name)
        else:
            s, found = table.claim_cancel(s, sc, self.wait, self.request.name)
            if not found:
                return self._refused(s, sc, "")
            ended = found
        if not sc.has("claim first"):
            return self._accepted(s.with_actor(self), sc, ended)
        return self._told(s, sc, ended)

    def _told(self, s: State, sc: Scenario, ended: Wait) -> State:
        if not sc.has("told winner"):
            ended = ended._replace(outcome=OUTCOMES[self.request.does])
        if ended.outcome != OUTCOMES[self.request.does]:
            return self._refused(s, sc, ended.outcome)
        if not ended.token:
            return self._accepted(s.with_actor(self), sc, ended)
        return s.with_actor(self, self._replace(effect="wake", ended=ended))

    def _wake(self, s: State, sc: Scenario) -> State:
        """executions.wake."""
        assert self.ended
        s = execution.wake(s, self.ended.token, cancel=self.request.does == "cancel")
        if not sc.has("claim first"):
            return s.with_actor(self, self._replace(effect="claim"))
        return self._accepted(s.with_actor(self), sc, self.ended)

    def _accepted(self, s: State, sc: Scenario, ended: Wait) -> State:
        stands = s.wait(self.wait)
        if (stands.outcome, stands.by) != (ended.outcome, ended.by) or ended.outcome != OUTCOMES[self.request.does]:
            raise Broken(f"{self.request.name} is answered 200 of {ended}, but the wait is {stands}")
        if stands.outcome == "cancelled" and s.run.status != "cancelled":
            raise Broken(f"{self.request.name} is told that the run is cancelled, and it is {s.run.status}")
        return s

    def _refused(self, s: State, sc: Scenario, outcome: str) -> State:
        stands = s.wait(self.wait)
        if outcome and stands.outcome != outcome:
            raise Broken(f"{self.request.name} is refused because of {outcome!r}, but the wait is {stands}")
        if stands.by and sc.key_of(stands.by) == sc.key_of(self.request.name):
            raise Broken(f"{self.request.name} is refused, but was the one that ended the wait")
        return s.with_actor(self)


class Stop(NamedTuple):
    """control.waits.stop: for a client, or for the record of the stream that says that one has asked for it."""

    request: Any
    effect: str = "history"
    run: Run | None = None
    wait: str = ""
    rolled: str = ""
    token: str = ""

    def go(self, s: State, sc: Scenario) -> State:
        return getattr(self, f"_{self.effect}")(s, sc)  # type: ignore[no-any-return]

    def _history(self, s: State, sc: Scenario) -> State:
        """store.history."""
        if s.run.status in ("succeeded", "failed"):
            return s.with_actor(self)
        last = [step for step in s.steps if step]
        pause = last[-1].pause if last else None
        effect = "halt" if s.run.status in ENDED else "cancel"
        wait, answer = pause.wait if pause and pause.parked else "", last[-1].answer if last else None
        rolled = f"roll {answer.turn}" if answer and answer.next == "roll" and sc.has("rolled") else ""
        return s.with_actor(self, self._replace(effect=effect, run=s.run, wait=wait, rolled=rolled))

    def _cancel(self, s: State, sc: Scenario) -> State:
        """store.cancel."""
        s, done = table.cancel(s, sc)
        return s.with_actor(self, self._replace(effect="halt") if done else None)

    def _halt(self, s: State, sc: Scenario) -> State:
        """executions.stop."""
        assert self.run
        s = execution.stop(s, self.run.execution)
        if self.rolled:
            return s.with_actor(self, self._replace(effect="halt_rolled"))
        return s.with_actor(self, self._replace(effect="close_wait") if self.wait else None)

    def _halt_rolled(self, s: State, sc: Scenario) -> State:
        """executions.stop of the execution that the last one has rolled over to."""
        s = execution.stop(s, self.rolled)
        return s.with_actor(self, self._replace(effect="close_wait") if self.wait else None)

    def _close_wait(self, s: State, sc: Scenario) -> State:
        """store.close_wait in waits._wake_parked."""
        s, wait = table.close_wait(s, sc, self.wait)
        return s.with_actor(self, self._replace(effect="wake", token=wait.token) if wait.token else None)

    def _wake(self, s: State, sc: Scenario) -> State:
        """executions.wake in waits._wake_parked."""
        return execution.wake(s, self.token, cancel=True).with_actor(self)

    def back(self, s: State) -> State:
        """A client that has died asks no more; the stream comes again."""
        return s if isinstance(self.request, Request) else table.streamed(s, self.request)


class Retry(NamedTuple):
    """control.revival.retry. That time is up or not, when it goes back to a wait, is decided by `late`."""

    request: Request
    late: bool
    effect: str = "history"
    run: Run | None = None
    step: Step | None = None
    at: Cursor | None = None

    def go(self, s: State, sc: Scenario) -> State:
        return getattr(self, f"_{self.effect}")(s, sc)  # type: ignore[no-any-return]

    def _history(self, s: State, sc: Scenario) -> State:
        """store.history in revival._read."""
        run = s.run
        if run.status != "failed":
            return s.with_actor(self, self._replace(effect="again") if run.status not in ENDED else None)
        assert run.failed_at
        step = s.steps[run.failed_at.index]
        at, pause = run.failed_at, step.pause if step else None
        known = self._replace(run=run, step=step, late=self.late or bool(pause and pause.wait in s.up))
        stored = step is not None and step.turn == at.turn
        if not stored and pause and at.comes_from_own_wait and pause.kind in ("rerun", "retry") and pause.parked:
            return s.with_actor(self, known._replace(effect="behind"))
        # Of a delay nobody knows whether the attempt after it has begun but by the time.
        behind = bool(pause and pause.kind == "rerun" and known.late)
        return s.with_actor(self, known._replace(effect="retry", at=known._next(at, behind=behind)))

    def _behind(self, s: State, sc: Scenario) -> State:
        """store.wait in revival._is_behind."""
        assert self.run and self.run.failed_at and self.step and self.step.pause
        behind = bool(s.wait(self.step.pause.wait).outcome)
        return s.with_actor(self, self._replace(effect="retry", at=self._next(self.run.failed_at, behind=behind)))

    def _next(self, at: Cursor, *, behind: bool) -> Cursor:
        """revival._next."""
        step = self.step
        if step and step.turn == at.turn:
            if step.answer:
                return (
                    self._settling(step.answer, step.pause)
                    if step.status == "paused" and step.pause
                    else step.answer.then("continue", wait=step.answer.wait)
                )
            assert step.failed_at
            return _another(step.failed_at, step.failed_at.wait)
        pause = step.pause if step and at.comes_from_own_wait else None
        if not pause:
            return _another(at, at.wait)
        if not behind:
            return self._settling(at, pause)
        return _another(at._replace(run=at.run + 1), "" if pause.kind == "retry" else at.wait)

    def _settling(self, at: Cursor, pause: Pause) -> Cursor:
        return at.then("continue" if self.late else "park" if pause.parked else "wait", wait=pause.wait)

    def _retry(self, s: State, sc: Scenario) -> State:
        """store.retry."""
        assert self.run and self.at
        s, first = table.retry(s, sc, self.run, self.at, f"retry {self.at.turn}")
        return s.with_actor(self, self._replace(effect="start", run=s.run) if first else self._replace(effect="again"))

    def _again(self, s: State, sc: Scenario) -> State:
        """store.history once more, and revival._lacks_its_execution, whose steps are those of that reading."""
        went = s.run.retried
        if s.run.status in ENDED or not went or any(step and step.turn >= went.turn for step in s.steps):
            return s.with_actor(self)
        return s.with_actor(self, self._replace(effect="exists", run=s.run, at=went))

    def _exists(self, s: State, sc: Scenario) -> State:
        """executions.exists."""
        assert self.run
        lacks = all(e.name != self.run.execution for e in s.executions)
        return s.with_actor(self, self._replace(effect="start") if lacks else None)

    def _start(self, s: State, sc: Scenario) -> State:
        """executions.start."""
        assert self.run and self.at
        return execution.start(s, sc, self.run.execution, self.at).with_actor(self)


def _another(at: Cursor, origin: str) -> Cursor:
    return at.then("continue", wait=origin)._replace(run=at.run + 1)


def _index(wait: str) -> int:
    return int(wait.partition(".")[0])
