"""Has a run that failed go on from the step that failed, on the newest code. Called by the API.

First the table says that the run goes on, and where: of several requests one is first. Only then its next execution is
started, under a name that is made from that. Who finds a run without its execution, because the one that was first has
died in between, starts it: the table's stream does (`wakeups`), and so does whoever retries the run again.
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
    """Raises UnknownRun, UnknownWorkflow, RunOver where the run succeeded or was cancelled, and CannotRetry."""
    run, steps = _read(run_id)
    going = _set_going(run, steps) if run.status == "failed" else None
    if not going:
        # Others have retried it. One of them may have died before its execution was there.
        going, steps = _read(run_id)
        if not _lacks_its_execution(going, steps):
            raise CannotRetry(
                "Somebody else has retried this run meanwhile, and it has failed again."
                if going.status == "failed"
                else f"This run is {going.status}; only one that has failed can be retried."
            )
    _start(going)


def start(run_id: str) -> None:
    """Starts the execution of a run that was retried by somebody who did not come to it. Raises UnknownRun."""
    run, steps = store.history(run_id)
    if run.status not in ENDED and _lacks_its_execution(run, steps):
        _start(run)


def _read(run_id: str) -> tuple[Run, list[Step]]:
    try:
        run, steps = store.history(run_id)
    except UnknownRun:
        run = executions.not_begun(run_id)
        raise CannotRetry(f"This run is {run.status}, and has not come to a step that it could go on from.") from None
    if run.status in ("succeeded", "cancelled"):
        raise RunOver(run.status, run.ended_at)
    return run, steps


def _set_going(run: Run, steps: list[Step]) -> Run | None:
    """The run as it stands then; None where somebody else was first."""
    died = Death.of(run)
    assert died
    at = _next(run.run_id, died.at, next((step for step in steps if step.index == died.at.index), None))
    machine = executions.machine(run.workflow)
    _check_steps(run, machine, at.index)
    going = replace(run, steps=machine.pinned, options=machine.options, retried=at)
    execution = executions.arn_of(run.workflow, _name(run.run_id, at))
    return going if store.retry(going, execution, open_credits(run, steps)) else None


def _next(run_id: str, at: Cursor, step: Step | None) -> Cursor:
    """Where a run goes on that failed in the turn `at`, which may have been stored by its step."""
    stored = step if step and step.turn == at.turn else None
    if stored and stored.answer:  # it had ended well, and its answer got lost
        paused = stored.pause if stored.status == "paused" else None
        return _settling(stored.answer, paused) if paused else _cursor(stored.answer, stored.answer.wait)
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
    """Whether the attempt after a wait may have been begun. A suspend or a delay has none: it is settled once more."""
    if pause.kind in ("suspend", "delay"):
        return False
    if not pause.parked:
        return clock.iso(clock.now_ms()) >= pause.until
    wait = store.wait(run_id, pause.wait)
    return bool(wait and wait.outcome)


def _settling(at: Cursor, pause: Pause) -> Cursor:
    """Back to a wait: into it, while there is time left, so that it is a timer which says that there is none."""
    left_s = math.ceil(until_end_s(pause))
    again = _cursor(at, pause.wait)
    if left_s <= 0:
        return again
    what, timer_s = timer(pause.parked, left_s)
    return replace(again, next=what, seconds=timer_s, expires_at=str(writes.expiry(left_s)))


def _another(at: Cursor, origin: str) -> Cursor:
    """The attempt after the one that failed. Links that this has handed out are of a wait that will never come."""
    return replace(_cursor(at, origin), run=at.run + 1, retries=at.retries + 1)


def _cursor(at: Cursor, wait: str) -> Cursor:
    return at.then("continue", wait=wait, failures=0, segment_ms=0, expires_at=str(writes.expiry()))


def _check_steps(run: Run, machine: Machine, index: int) -> None:
    """What the run has left behind is found by its place and its name."""
    done, now = run.step_names[: index + 1], list(machine.steps)
    if now[: index + 1] != done:
        raise CannotRetry(
            f"This run would go on with its step {done[-1]!r}, the last of {', '.join(done)}; "
            f"workflow {run.workflow!r} now has {', '.join(now)}. Up to that step they must be the same."
        )


def _lacks_its_execution(run: Run, steps: list[Step]) -> bool:
    # A step that has been called since is enough: Step Functions forgets executions, the table does not.
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
    # Not as the state Roll over makes its names: it may have used the one of this turn.
    return sha256(f"{run_id}.retry.{at.turn}".encode()).hexdigest()
