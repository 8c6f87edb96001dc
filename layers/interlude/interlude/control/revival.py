"""Retries a failed run from the step that failed, on the newest code.

First a write to the table sets the run going again, and decides between several requests. Only then the next execution
starts, under a name derived from that write. If the function dies in between, the reader of the table's stream
(`wakeups`) or the next retry of the run starts the execution.
"""

import json
import math
from dataclasses import asdict, replace
from hashlib import sha256

from interlude import clock
from interlude.aws import executions
from interlude.aws.executions import Machine
from interlude.control.runs import open_credits
from interlude.errors import CannotRetry, RunOver, UnknownRun
from interlude.models import ENDED, Cursor, Pause, Run, Step
from interlude.run import payloads, store, writes
from interlude.run.death import Death
from interlude.turns.ending import timer, until_end_s


def retry(run_id: str) -> None:
    """Raises UnknownRun, UnknownWorkflow, CannotRetry, and RunOver for a run that succeeded or was cancelled."""
    run, steps = _read(run_id)
    going = _set_going(run, steps) if run.status == "failed" else None
    if not going:
        # Another request has retried it, and may have died before it could start the execution.
        going, steps = _read(run_id)
        if not _lacks_its_execution(going, steps):
            raise _already_retried(going)
    _start(going)


def _already_retried(run: Run) -> CannotRetry:
    if run.status == "failed":
        return CannotRetry("Another request has already retried this run, and it has failed again.")
    return CannotRetry(f"This run is {run.status}; only a failed run can be retried.")


def start(run_id: str) -> None:
    """Starts the execution of a retried run if it is missing. Raises UnknownRun."""
    run, steps = store.history(run_id)
    if run.status not in ENDED and _lacks_its_execution(run, steps):
        _start(run)


def _read(run_id: str) -> tuple[Run, list[Step]]:
    try:
        run, steps = store.history(run_id)
    except UnknownRun:
        run = executions.not_begun(run_id)
        raise CannotRetry(f"This run is {run.status} and has not reached a step to continue from.") from None
    if run.status in ("succeeded", "cancelled"):
        raise RunOver(run.status, run.ended_at)
    return run, steps


def _set_going(run: Run, steps: list[Step]) -> Run | None:
    """Sets a failed run going again, and returns it; None if another request was first."""
    died = Death.of(run)
    assert died
    at = _next(run.run_id, died.at, next((step for step in steps if step.index == died.at.index), None))
    machine = executions.machine(run.workflow)
    _check_steps(run, machine, at.index)
    going = replace(run, steps=machine.pinned, options=machine.options, retried=at)
    execution = executions.arn_of(run.workflow, _name(run.run_id, at))
    if not store.retry(going, execution, open_credits(run, steps)):
        return None
    return going


def _next(run_id: str, at: Cursor, step: Step | None) -> Cursor:
    """Where a run continues that failed in the turn `at`. The step may have stored the result of that turn."""
    stored = step if step and step.turn == at.turn else None
    if stored and stored.answer:  # the turn succeeded, but its answer got lost
        if stored.pause and stored.status == "paused":
            return _settling(stored.answer, stored.pause)
        return _cursor(stored.answer, stored.answer.wait)
    if stored and stored.failed_at:
        return _another(stored.failed_at, stored.failed_at.wait)
    pause = step.pause if step and at.comes_from_own_wait else None
    if not pause:
        return _another(at, at.wait)
    if not _is_behind(run_id, pause):
        return _settling(at, pause)
    if pause.kind == "retry":
        return _another(replace(at, run=at.run + 1, retries=at.retries + 1), pause.origin)
    return _another(replace(at, run=at.run + 1), at.wait)


def _is_behind(run_id: str, pause: Pause) -> bool:
    """Whether the attempt after a wait may have begun. A suspend or a delay has none: it is settled again."""
    if pause.kind in ("suspend", "delay"):
        return False
    if not pause.parked:
        return clock.iso(clock.now_ms()) >= pause.until
    wait = store.wait(run_id, pause.wait)
    return bool(wait and wait.outcome)


def _settling(at: Cursor, pause: Pause) -> Cursor:
    """Back to a wait. While time is left the run waits again: only the timer decides that a wait has timed out."""
    left_s = math.ceil(until_end_s(pause))
    again = _cursor(at, pause.wait)
    if left_s <= 0:
        return again
    what, timer_s = timer(pause.parked, left_s)
    return replace(again, next=what, seconds=timer_s, expires_at=str(writes.expiry(left_s)))


def _another(at: Cursor, origin: str) -> Cursor:
    """The attempt after the failed one. The failed attempt's links belong to a wait that will never begin."""
    return replace(_cursor(at, origin), run=at.run + 1, retries=at.retries + 1)


def _cursor(at: Cursor, wait: str) -> Cursor:
    return at.then("continue", wait=wait, failures=0, segment_ms=0, expires_at=str(writes.expiry()))


def _check_steps(run: Run, machine: Machine, index: int) -> None:
    """Raises CannotRetry if the steps up to this one have changed: results are stored by a step's index and name."""
    done = run.step_names[: index + 1]
    now = list(machine.steps)
    if now[: index + 1] != done:
        raise CannotRetry(
            f"This run would continue at its step {done[-1]!r}, the last of {', '.join(done)}; "
            f"workflow {run.workflow!r} now has {', '.join(now)}. Up to that step they must be the same."
        )


def _lacks_its_execution(run: Run, steps: list[Step]) -> bool:
    # A step that was called since proves the execution: Step Functions forgets executions, the table does not.
    if not run.retried or any(step.turn >= run.retried.turn for step in steps):
        return False
    return not executions.exists(executions.arn_of(run.workflow, _name(run.run_id, run.retried)))


def _start(run: Run) -> None:
    assert run.retried
    given = {
        payloads.CURSOR_KEY: 1,
        "run_id": run.run_id,
        "steps": run.steps.split(","),
        "at": asdict(run.retried),
    }
    executions.start(run.workflow, _name(run.run_id, run.retried), json.dumps(given))


def _name(run_id: str, at: Cursor) -> str:
    # Different from the names of the state Roll over, which may have used this turn's name.
    return sha256(f"{run_id}.retry.{at.turn}".encode()).hexdigest()
