"""A step's function at work: interlude.step.handler with one cursor. Each method is one effect."""

from typing import NamedTuple

from tests.model import execution, table
from tests.model.scenario import Broken, Scenario
from tests.model.state import ENDED, Cursor, Pause, State, Step, Wait

PAUSES = {
    "suspend": lambda wait: Pause(wait, "suspend", parked=True),
    "rerun": lambda wait: Pause(wait, "rerun", parked=True),
    "delay": lambda wait: Pause(wait, "delay", parked=False),
    "poll": lambda wait: Pause(wait, "rerun", parked=False),
    "fail and retry": lambda wait: Pause(f"{wait}r", "retry", parked=True),
}
"""What an attempt may end in; besides these it may return, exit or fail, with links handed out before or not."""


class Invocation(NamedTuple):
    """turns.turn.answer."""

    execution: int
    call: int
    at: Cursor
    effect: str = "load"
    before: Step | None = None
    wait: Wait = Wait()
    pauses: int = 0
    was_done: bool = False
    """Whether the result of the attempt that it is about was stored when it began."""
    run: int = 0
    """The attempt that it makes."""
    stored: Step | None = None
    """What it is about to store, and then what stands."""
    answer: Cursor | None = None

    def go(self, s: State, sc: Scenario) -> State:
        return getattr(self, f"_{self.effect}")(s, sc)  # type: ignore[no-any-return]

    def _load(self, s: State, sc: Scenario) -> State:
        """store.load, and what turn.answer decides by it."""
        at, step = self.at, s.steps[self.at.index]
        run = at.run + 1 if at.comes_from_own_wait else at.run
        known = self._replace(
            before=step, wait=s.wait(at.wait), pauses=s.run.pauses, run=run, was_done=(at.index, run) in s.done
        )
        if step and (step.turn >= at.turn if sc.has("answered") else step.turn > at.turn):
            return s.with_actor(self, known._answers(step))
        if s.run.status in ENDED:
            return s.with_actor(self, known._cancelled())
        if not at.comes_from_own_wait:
            return s.with_actor(self, known._replace(effect="code"))
        assert step and step.pause
        if step.pause.parked and not (known.wait.outcome and sc.has("reads")):
            return s.with_actor(self, known._replace(effect="elapse"))
        return s.with_actor(self, known._by_outcome(sc))

    def _elapse(self, s: State, sc: Scenario) -> State:
        """store.claim in turn._settle."""
        if not sc.has("reads"):
            return s.with_actor(self, self._replace(wait=Wait("elapsed"))._by_outcome(sc))
        s, stands = table.claim(s, sc, self.at.wait, "elapsed", "")
        return s.with_actor(self, self._replace(wait=stands)._by_outcome(sc))

    def _by_outcome(self, sc: Scenario) -> "Invocation":
        assert self.before and self.before.pause
        outcome, pause = self.wait.outcome or "elapsed", self.before.pause
        if outcome == "cancelled" or (outcome == "elapsed" and sc.on_timeout == "cancel"):
            return self._replace(effect="cancel")
        if pause.kind in ("rerun", "retry"):
            return self._replace(effect="go_on")
        data = self.wait.by if outcome == "resumed" else ""
        settled = self.before._replace(status="succeeded", turn=self.at.turn, data=data)
        if self.at.index == sc.steps - 1:
            return self._replace(effect="finish", stored=settled._replace(answer=self.at.then("finish")))
        onward = self.at.then("continue", wait=self.at.wait)._replace(index=self.at.index + 1, run=1)
        return self._replace(effect="settle", stored=settled._replace(answer=onward))

    def _cancel(self, s: State, sc: Scenario) -> State:
        """store.cancel in turn._settle."""
        s, _ = table.cancel(s, sc, self.at.turn)
        return s.with_actor(self, self._cancelled())

    def _go_on(self, s: State, sc: Scenario) -> State:
        """store.go_on."""
        s, goes = table.go_on(s, sc, self.at.turn, self.pauses)
        if goes is None:
            return s.with_actor(self, self._cancelled())
        if goes or not sc.has("twin"):
            # Nobody else has begun this attempt, or may yet.
            return s.with_actor(self, self._replace(effect="code", was_done=(self.at.index, self.run) in s.done))
        return s.with_actor(self, self._replace(effect="twin"))

    def _twin(self, s: State, sc: Scenario) -> State:
        """store.load in turn._settle: whether another call of this turn has come to its end."""
        step = s.steps[self.at.index]
        if step and step.turn >= self.at.turn:
            return s.with_actor(self, self._answers(step))
        return s.with_actor(self, self._replace(effect="code", was_done=(self.at.index, self.run) in s.done))

    def _code(self, s: State, sc: Scenario) -> State:
        """usercode.run, and what turns.ending makes of it."""
        if self.was_done:
            raise Broken(f"the code of attempt {self.at.index}.{self.run} runs again after its result was stored")
        index, run, turn = self.at.index, self.run, self.at.turn
        does, wait = sc.does(index, run), f"{index}.{run}"
        made = Step(turn, "succeeded", run, None, data=self._request)
        effect, answer = "save", self.at.then("continue")._replace(index=index + 1, run=1)
        if does in ("suspend and fail", "suspend and exit"):
            s = s._replace(handed=tuple(sorted({*s.handed, wait})))
        if does in ("suspend and fail", "fail"):
            failed = made._replace(status="failed", failed_at=self.at._replace(run=run, wait=self._origin))
            return s.with_actor(self, self._replace(effect="fail", stored=failed))
        if does in PAUSES:
            pause = PAUSES[does](wait)
            effect, made = "pause", made._replace(status="paused", pause=pause)
            waits = "park" if pause.parked else "wait"
            answer = self.at.then("roll" if sc.rolls else waits, wait=pause.wait, after=waits if sc.rolls else "")
            answer = answer._replace(run=run)
            if pause.parked:
                s = s._replace(handed=tuple(sorted({*s.handed, pause.wait})))
        elif does != "return" or index == sc.steps - 1:
            effect, answer = "finish", self.at.then("finish")
        return s.with_actor(self, self._replace(effect=effect, stored=made._replace(answer=answer)))

    @property
    def _request(self) -> str:
        """Whose request the attempt gets: that of the wait that it comes from, but for a retry's own."""
        return self.wait.by if self.wait.outcome == "resumed" and not self.at.wait.endswith("r") else ""

    @property
    def _origin(self) -> str:
        """Of an attempt after an auto-retry: the wait that the first one came from, and here that is none."""
        retries = self.before and self.before.pause and self.before.pause.kind == "retry"
        return "" if retries else self.at.wait

    def _save(self, s: State, sc: Scenario) -> State:
        """store.save."""
        assert self.stored
        s, stands = table.save(s, sc, self.at.index, self.stored)
        return s.with_actor(self, self._answers(stands))

    def _fail(self, s: State, sc: Scenario) -> State:
        """store.fail."""
        return self._with_run(s, sc)

    def _pause(self, s: State, sc: Scenario) -> State:
        """store.pause."""
        return self._with_run(
            s, sc, status="paused", pauses=s.run.pauses + 1, execution=s.executions[self.execution].name
        )

    def _settle(self, s: State, sc: Scenario) -> State:
        """store.settle."""
        return self._with_run(s, sc, status="running")

    def _finish(self, s: State, sc: Scenario) -> State:
        """store.finish."""
        return self._with_run(s, sc, status="succeeded")

    def _with_run(self, s: State, sc: Scenario, **run: object) -> State:
        assert self.stored
        s, stands = table.save_with_run(s, sc, self.at.index, self.stored, **run)
        return s.with_actor(self, self._answers(stands) if stands else self._cancelled())

    def _answers(self, step: Step) -> "Invocation":
        return self._replace(effect="answer", stored=None, before=None, answer=step.answer)

    def _cancelled(self) -> "Invocation":
        return self._replace(effect="answer", stored=None, before=None, answer=self.at.then("cancelled"))

    def _answer(self, s: State, sc: Scenario) -> State:
        """The answer of the function."""
        return execution.answer(s.with_actor(self), self.execution, self.call, self.answer)
