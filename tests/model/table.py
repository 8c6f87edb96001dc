"""The effects on the table. Each function names the write of the code, or of the state machine, that it stands for.

A write returns the state after it, and what it says: None where its condition held, else what stood in the way.
"""

from tests.model.scenario import Scenario
from tests.model.state import ENDED, Cursor, Run, State, Step, Wait


def claim(s: State, sc: Scenario, wait: str, outcome: str, by: str) -> tuple[State, Wait]:
    """store.claim. Returns the wait as it stands then."""
    stands = s.wait(wait)
    if stands.outcome and sc.has("claim"):
        return s, stands
    ended = stands._replace(outcome=outcome, by=by)
    return _of_wait(s.with_wait(wait, ended), sc, ended), ended


def claim_cancel(s: State, sc: Scenario, wait: str, by: str) -> tuple[State, Wait | None]:
    """store.claim_cancel. None where the run is over."""
    if s.wait(wait).outcome and sc.has("claim"):
        return s, s.wait(wait)
    if s.run.status in ENDED and sc.has("claim with run"):
        return s, None
    s, ended = claim(s, sc, wait, "cancelled", by)
    return (s if s.run.status in ENDED else end(s, "cancelled")), ended


def park(s: State, sc: Scenario, wait: str, token: str) -> tuple[State, bool]:
    """The state Park's updateItem."""
    stands = s.wait(wait)
    if (stands.outcome and sc.has("Park")) or (stands.closed and sc.has("closed")):
        return s, False
    parked = stands._replace(token=token)
    return _of_wait(s.with_wait(wait, parked), sc, parked), True


def close_wait(s: State, sc: Scenario, wait: str) -> tuple[State, Wait]:
    """store.close_wait."""
    closed = s.wait(wait)._replace(closed=True)
    return _of_wait(s.with_wait(wait, closed), sc, closed), closed


def cancel(s: State, sc: Scenario, turn: int | None = None) -> tuple[State, bool]:
    """store.cancel. False where the run is over."""
    if not _active(s, sc, turn):
        return s, False
    s = end(s, "cancelled")
    # Whoever stops a run from outside leaves word of it, and the stream has it.
    return (streamed(s, ("stop",)) if turn is None and sc.has("stream stops") else s), True


def close(s: State, sc: Scenario, turn: int, at: Cursor) -> State:
    """store.close, and what the state Record failure writes."""
    return end(s, "failed", at) if _active(s, sc, turn) else s


def go_on(s: State, sc: Scenario, turn: int, pauses: int) -> tuple[State, bool | None]:
    """store.go_on. None where the run is over, False where another call of this turn has set it going."""
    if not _active(s, sc, turn):
        return s, None
    if (s.run.status, s.run.pauses) == ("paused", pauses) or not sc.has("pauses"):
        return s._replace(run=s.run._replace(status="running")), True
    return s, False


def retry(s: State, sc: Scenario, seen: Run, at: Cursor, execution: str) -> tuple[State, bool]:
    """store.retry."""
    if (s.run.status, s.run.ends) != ("failed", seen.ends) and sc.has("retry once"):
        return s, False
    waits = at.comes_from_own_wait
    going = s.run._replace(status="paused" if waits else "running", execution=execution, retried=at, failed_at=None)
    s = s._replace(run=going)
    return (streamed(s, ("retry", at.turn)) if sc.has("stream starts") else s), True


def save(s: State, sc: Scenario, index: int, step: Step) -> tuple[State, Step]:
    """store.save. Returns the step as it stands."""
    stands = s.steps[index]
    if stands and stands.turn >= step.turn and sc.has("turn"):
        return s, stands
    return s.with_step(index, step)._replace(done=s.done | {(index, step.runs)}), step


def save_with_run(s: State, sc: Scenario, index: int, step: Step, **run: object) -> tuple[State, Step | None]:
    """store.fail, pause, settle and finish: step and run, both or none. None where the run is over."""
    stands = s.steps[index]
    if stands and stands.turn >= step.turn and sc.has("turn"):
        return s, stands
    if not _active(s, sc, step.turn):
        return s, None
    s, _ = save(s, sc, index, step)
    if run.get("status") == "paused" and step.pause:
        s = s._replace(paused=(*s.paused, step.pause.wait))
    if run.get("status") == "succeeded":
        return end(s, "succeeded"), step
    return s._replace(run=s.run._replace(**run)), step  # type: ignore[arg-type]


def end(s: State, status: str, at: Cursor | None = None) -> State:
    return s._replace(run=s.run._replace(status=status, failed_at=at, ends=s.run.ends + 1))


def _active(s: State, sc: Scenario, turn: int | None) -> bool:
    """The condition of writes.run."""
    went = s.run.retried
    past = went is not None and turn is not None and turn < went.turn and sc.has("from turn")
    return not past and (s.run.status not in ENDED or not sc.has("active"))


def _of_wait(s: State, sc: Scenario, wait: Wait) -> State:
    if wait.token and wait.outcome in ("resumed", "cancelled") and sc.has("stream"):
        return streamed(s, ("wake", wait.token, wait.outcome))
    return s


def streamed(s: State, record: tuple[object, ...]) -> State:
    """The table's stream, behind the filter of the template."""
    return s._replace(records=tuple(sorted({*s.records, record}, key=repr)))
