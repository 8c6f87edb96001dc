"""Ends waits from outside: through the resume and cancel links, or by stopping a whole run.

The claim in the table decides which request is first. Only then the state machine is woken. Because the function may
die in between, the reader of the table's stream (`wakeups`) and every later request wake it again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interlude import logs
from interlude.aws import executions
from interlude.aws.busy import is_busy
from interlude.control import repeats
from interlude.errors import LinkUnused, RunOver, UnknownLink, UnknownRun, WaitTaken, WaitTimedOut
from interlude.models import ENDED, RETRY, Mark, Outcome, Run, Step, Wait
from interlude.run import links, payloads, store
from interlude.run.links import Action
from interlude.turns.ending import timers

OUTCOMES: dict[Action, Outcome] = {"resume": "resumed", "cancel": "cancelled"}

WAIT = re.compile(rf"([0-9]{{1,4}})\.([0-9]{{1,9}}){RETRY}?")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a wait ended. `first` is whether this request, or an earlier copy of it, ended the wait."""

    run_id: str
    workflow: str
    step: str
    outcome: Outcome
    at: str
    first: bool


@dataclass(frozen=True, slots=True)
class Open:
    """A wait that has not ended. `until` is empty while its step is still running."""

    workflow: str
    step: str
    until: str


@dataclass(frozen=True, slots=True)
class _Found:
    run: Run
    step: Step | None
    wait: Wait | None
    attempt: int
    name: str


def look(action: Action, run_id: str, wait: str, signature: str) -> Open | Ended:
    """The state of a link's wait, without ending it. Raises what `end` does."""
    found = _find(action, run_id, wait, signature)
    if found.wait and found.wait.outcome:
        return _told(found, found.wait, action, first=False)
    _check_open(found.run, found.step, found.attempt, wait)
    until = ""
    if found.step and found.step.pause and found.step.pause.wait == wait:
        until = found.step.pause.until
    return Open(found.run.workflow, found.name, until)


def end(
    action: Action, run_id: str, wait: str, signature: str, read_request: Callable[[], Any], key: str = ""
) -> Ended:
    """Ends a wait as its link says. A request with the Idempotency-Key of the first one counts as a copy of it.

    Raises UnknownLink for a link that was never handed out, WaitTaken if the other link or the timer was first, RunOver
    if the run ended before the link was used, KeyReused if the key was used for a different request.
    """
    found = _find(action, run_id, wait, signature)
    first = False
    ended = found.wait
    request = None
    if key:
        request = read_request()
    mark = repeats.mark(key, "link", request)
    if not (ended and ended.outcome):
        _check_open(found.run, found.step, found.attempt, wait)
        if action == "resume":
            if not key:
                request = read_request()
            stored = payloads.put(run_id, payloads.dump(request, "The request"))
            first, ended = store.claim(run_id, wait, "resumed", stored, mark)
        else:
            first, ended = _claim_cancel(run_id, wait, mark)
    assert ended and ended.outcome
    if mark and ended.mark and mark.key == ended.mark.key:
        repeats.check(mark, ended.mark)
        first = True
    return _told(found, ended, action, first=first)


def _claim_cancel(run_id: str, wait: str, mark: Mark | None) -> tuple[bool, Wait]:
    try:
        return store.claim_cancel(run_id, wait, mark)
    except RunOver as over:  # the run ended a moment ago
        raise LinkUnused(over.status, over.at) from None


def _find(action: Action, run_id: str, wait: str, signature: str) -> _Found:
    """The run, step and wait of a link. Raises UnknownLink, both for an unknown run and for a wrong signature."""
    parts = WAIT.fullmatch(wait)
    if not parts:
        raise UnknownLink
    index = int(parts[1])
    attempt = int(parts[2])
    try:
        loaded = store.load(run_id, index, wait)
    except UnknownRun:
        raise UnknownLink from None
    run = loaded.run
    links.verify(run.url_key, action, run_id, wait, signature)
    if index >= len(run.step_names):
        raise UnknownLink
    return _Found(run, loaded.step, loaded.wait, attempt, run.step_names[index])


def _told(found: _Found, wait: Wait, action: Action, *, first: bool) -> Ended:
    """The outcome of an ended wait, for the holder of a link. Raises WaitTaken and RunOver."""
    if wait.outcome == OUTCOMES[action]:
        # A run that is not parked yet finds the outcome in Park's condition. A parked one is woken, again if need be.
        if wait.task_token:
            _wake(wait.task_token, cancel=action == "cancel")
        return Ended(found.run.run_id, found.run.workflow, found.name, wait.outcome, wait.outcome_at, first)
    cancels = _timeout_cancels(found, wait)
    if wait.outcome == "elapsed" and found.run.status in ENDED:
        raise WaitTimedOut(wait.outcome_at, found.run.status, found.run.ended_at, cancels=cancels)
    assert wait.outcome
    raise WaitTaken(wait.outcome, wait.outcome_at, cancels=cancels)


def _wake(task_token: str, *, cancel: bool) -> None:
    """Wakes a parked run. If Step Functions is busy, the reader of the table's stream does it a little later."""
    try:
        executions.wake(task_token, cancel)
    except Exception as error:
        if not is_busy(error):
            raise
        logs.write(f"left to the stream: {type(error).__name__}: {error}", "WARNING")


def _timeout_cancels(found: _Found, wait: Wait) -> bool:
    if found.step is None or found.step.pause is None or found.run.status in ("succeeded", "failed"):
        return False
    pause = found.step.pause
    return pause.wait == wait.wait and pause.on_timeout == "cancel"


def stop(run_id: str) -> None:
    """Cancels a run in any state. Raises UnknownRun, and RunOver if it has ended.

    The execution of a cancelled run is stopped again: the request that cancelled it may have died half-way.
    """
    run, steps = store.history(run_id)
    if run.status not in ENDED:
        store.cancel(run_id)
    if run.status not in ("succeeded", "failed"):
        executions.stop(run.execution)
        for later in _rolled_over(run, steps):
            executions.stop(later)
        _wake_parked(run_id, steps)
    if run.status in ENDED:
        raise RunOver(run.status, run.ended_at)


def _rolled_over(run: Run, steps: list[Step]) -> list[str]:
    """The executions that the run's last step may have rolled over to. The run's item gets the name only at its next
    pause.
    """
    if not steps or not steps[-1].answer:
        return []
    last = steps[-1]
    turn = steps[-1].answer.turn
    first = turn + 1
    if steps[-1].answer.next == "roll":
        first = turn
    # Each further timer of a long wait may have an execution of its own.
    wait_timers = timers(last.pause) if last.pause else 1
    turns = range(first, turn + wait_timers)
    return [executions.rolled_over_to(run.workflow, run.run_id, turn) for turn in turns]


def _wake_parked(run_id: str, steps: list[Step]) -> None:
    """Ends the state Park, or keeps it from beginning, in a later execution than the one that the run's item names."""
    if not steps or not (steps[-1].pause and steps[-1].pause.parked):
        return
    parked = store.close_wait(run_id, steps[-1].pause.wait)
    if parked.task_token:
        executions.wake(parked.task_token, cancel=True)


def _check_open(run: Run, step: Step | None, attempt: int, wait: str) -> None:
    """Raises if no turn will ever read the outcome of this wait."""
    if run.status in ENDED:
        raise LinkUnused(run.status, run.ended_at)
    if step is None or step.runs < attempt:
        if run.retried and (int(wait.partition(".")[0]), attempt) < (run.retried.index, run.retried.run):
            raise WaitTaken("elapsed", "")  # its attempt died, and a retry has another number
        return  # the step is still running, and will find the outcome when it reaches its wait
    if not (step.status == "paused" and step.pause and step.pause.parked and step.pause.wait == wait):
        raise WaitTaken("elapsed", "")
