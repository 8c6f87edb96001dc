"""One turn of a run: settles the wait that the run comes from, runs the user's code, and stores the result.

The wait of a suspend or delay is settled without running the user's code again; the next cursor then names the next
step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from interlude import clock
from interlude.errors import CannotBring, RunOver, TooLarge
from interlude.models import ENDED, Call, Cursor, Pause, Run, Step, StepError, Stored, Wait
from interlude.pd import usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.flow import Flow, Links
from interlude.run import payloads, store
from interlude.run.context import exported, run_context, trigger_context
from interlude.run.links import links
from interlude.run.store import Loaded
from interlude.settings import settings
from interlude.tmp import files
from interlude.turns import outage, renewal, retrying
from interlude.turns.ending import answer_again, end, finish, is_over, seconds_left, wait_for, weighted_ms

TURNS_PER_EXECUTION = 85
"""An execution's history holds 25,000 events. A turn adds up to 13, and with retries of its requests up to 281."""

TimeLeft = Callable[[], float]
"""Milliseconds until Lambda ends the function."""


def answer(call: Call, time_left_ms: TimeLeft) -> Cursor:
    """The next cursor. Raises StepFailed and InterludeStoreUnavailable."""
    with outage.reported():
        return _answer(call, time_left_ms)


def _answer(call: Call, time_left_ms: TimeLeft) -> Cursor:
    at = call.at
    loaded = store.load(call.run_id, at.index, at.wait)
    # This turn or a later one is answered already. If it is a later one, this call is a late duplicate.
    if loaded.step and loaded.step.turn >= at.turn:
        return answer_again(loaded.step)
    if loaded.run.status in ENDED:
        return at.then("cancelled")
    if at.turn % TURNS_PER_EXECUTION == 0:  # so no execution has more turns, also after a retry
        return at.then("roll", after="continue", wait=at.wait)
    try:
        loaded = replace(loaded, run=_kept(call, loaded))
        if at.comes_from_own_wait:
            return _settle(call, loaded, time_left_ms)
        return _attempt(call, loaded, _Origin.of(loaded.wait), time_left_ms)
    except RunOver:
        return at.then("cancelled")


def _kept(call: Call, loaded: Loaded) -> Run:
    """Makes sure that the run's data is kept even if this turn is its last one."""
    origin = loaded.step.pause.origin if loaded.step and loaded.step.pause else ""
    return renewal.kept(loaded.run, call, clock.now_ms(), call.at.wait, origin)


@dataclass(frozen=True, slots=True)
class _Origin:
    """The wait that an attempt comes from, and the request that ended it: None if it was not ended by a request."""

    wait: str
    request: Any

    @classmethod
    def of(cls, wait: Wait | None) -> Self:
        if wait is None:
            return cls("", None)
        if wait.outcome != "resumed":
            return cls(wait.wait, None)
        return cls(wait.wait, payloads.get(wait.request))


def _settle(call: Call, loaded: Loaded, time_left_ms: TimeLeft) -> Cursor:
    """Finds out how the wait ended. A wait that is still open has timed out, and is ended here."""
    at = call.at
    step = loaded.step
    assert step and step.pause
    wait = loaded.wait
    if not (wait and wait.outcome) and (left_s := seconds_left(step.pause)):
        return wait_for(call, step.pause.parked, left_s, wait=at.wait)
    if step.pause.parked and not (wait and wait.outcome):
        _, wait = store.claim(call.run_id, at.wait, "elapsed")
        loaded = replace(loaded, wait=wait)
    outcome = wait.outcome if wait else "elapsed"
    if outcome == "cancelled" or (outcome == "elapsed" and step.pause.on_timeout == "cancel"):
        store.cancel(call.run_id, at.turn)
        return at.then("cancelled")
    if step.pause.kind in ("rerun", "retry"):
        again, origin = _again(call, loaded, step.pause)
        if not store.go_on(loaded.run, at.turn):
            # A duplicate of this call was faster. If it has finished, the code does not run again.
            twin = store.load(call.run_id, at.index).step
            if twin and twin.turn >= at.turn:
                return answer_again(twin)
        return _attempt(again, loaded, origin, time_left_ms)
    ended = clock.iso(clock.now_ms())
    resume_data = wait.request if wait and outcome == "resumed" else None
    settled = replace(step, status="succeeded", turn=at.turn, ended_at=ended, resume_data=resume_data)
    if call.is_last:
        return finish(call, settled, exit_reason="")
    # The next step finds its pd.context["resume"] through the wait.
    onward = at.next_step(wait=at.wait, segment_ms=0)
    return answer_again(store.settle(call.run_id, replace(settled, answer=onward)))


def _again(call: Call, loaded: Loaded, pause: Pause) -> tuple[Call, _Origin]:
    """The next run of a step: a rerun gets the request that ended its wait, a retry that of the failed attempt."""
    fresh = replace(call.at, run=call.at.run + 1, segment_ms=0)
    if pause.kind == "rerun":
        return replace(call, at=fresh), _Origin.of(loaded.wait)
    wait = store.wait(call.run_id, pause.origin) if pause.origin else None
    return replace(call, at=replace(fresh, retries=fresh.retries + 1)), _Origin.of(wait)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A finished run of the user's code."""

    origin: _Origin
    received: Stored | None
    """The context from the run before."""
    flow: Flow
    started_at: str
    ended_at: str
    compute_ms: int
    exports: str
    """As JSON text."""
    error: StepError | None


def _attempt(call: Call, loaded: Loaded, origin: _Origin, time_left_ms: TimeLeft) -> Cursor:
    """Runs the user's code, and stores its result."""
    received = _received(loaded.step) if loaded.step and call.at.run > 1 else None
    flow = _flow(call, loaded.run)
    pd = _pd(call, loaded, flow, payloads.get(received), origin, time_left_ms)

    started = clock.elapsed_ms()
    started_at = clock.iso(clock.now_ms())
    exports, error = _run_with_files(call, pd)
    compute_ms = math.ceil(clock.elapsed_ms(started))
    ended_at = clock.iso(clock.now_ms())
    made = _Attempt(origin, received, flow, started_at, ended_at, compute_ms, exports, error)
    return outage.stored(lambda: _store(call, loaded, made), time_left_ms)


def _store(call: Call, loaded: Loaded, made: _Attempt) -> Cursor:
    """Stores an attempt, and returns the cursor for what it asked for. `outage` may repeat this."""
    at = call.at
    before = loaded.step
    text = made.exports
    error = made.error
    if not (error or is_over(call, made.flow)):
        kept, error = _keep_files(call)
        call = replace(call, at=replace(at, files=kept))
    retry = retrying.directive(loaded.run, at, made.origin.wait) if error else None
    if error and retry:
        text = retrying.exports(text, error, at, retry.wait_ms, _links(call, loaded.run, at.retry_wait))
    failed_at = replace(at, wait=made.origin.wait) if error and not retry else None
    step = Step(
        index=at.index,
        name=call.step,
        status="failed" if error else "succeeded",
        runs=at.run,
        turn=at.turn,
        answer=None,
        started_at=before.started_at if before else made.started_at,
        ended_at=made.ended_at,
        compute_ms=(before.compute_ms if before else 0) + made.compute_ms,
        segment_ms=at.segment_ms + weighted_ms(made.compute_ms),
        exports=payloads.put(call.run_id, text),
        context=made.received or Stored(text="null"),
        error=error,
        failed_at=failed_at,
    )
    return end(call, loaded.run, step, made.flow, retry)


def _received(before: Step) -> Stored | None:
    """The context of the next run. If the run before did not ask for one, this is a retry and gets the same context."""
    return before.next_context if before.status == "paused" else before.context


def _flow(call: Call, run: Run) -> Flow:
    return Flow(call.user_run, settings().suspend_timeout_action, lambda: _links(call, run, call.at.own_wait))


def _links(call: Call, run: Run, wait: str) -> Links:
    return links(settings().base_url, run.url_key, call.run_id, wait)


def _pd(call: Call, loaded: Loaded, flow: Flow, context: Any, origin: _Origin, time_left_ms: TimeLeft) -> Pd:
    """The argument of the step's handler."""
    callback_request = None
    resume = None
    if origin.wait.startswith(f"{call.at.index}."):  # the step's own wait
        callback_request = origin.request
    else:
        resume = origin.request
    run = Attributes(run_context(call.user_run, context, callback_request))
    known = Attributes(trigger_context(loaded.run), run=run, resume=resume)

    def steps() -> dict[str, Any]:
        problem = "The earlier steps can't be read"
        return outage.within_the_code(lambda: _earlier_steps(call, loaded), time_left_ms, problem)

    def respond(response: Any) -> None:
        problem = "The response can't be stored"
        outage.within_the_code(lambda: _respond(loaded.run, response), time_left_ms, problem)

    return Pd(flow, known, steps, respond)


def _respond(run: Run, response: Any) -> None:
    from interlude.pd import responses

    responses.give(run, response)


def _run_with_files(call: Call, pd: Pd) -> tuple[str, StepError | None]:
    try:
        files.bring(call.run_id, call.at.files)
    except CannotBring as error:
        return "{}", usercode.described(error)
    return usercode.run(call.step, pd)


def _keep_files(call: Call) -> tuple[str, StepError | None]:
    """The name of the snapshot of the step's files, or the error if they can't be kept."""
    try:
        return files.keep(call.run_id, call.at.files), None
    except TooLarge as error:
        return call.at.files, usercode.described(error)


def _earlier_steps(call: Call, loaded: Loaded) -> dict[str, Any]:
    run = loaded.run
    trigger = {"event": payloads.get_event(run.run_id, run.trigger), "context": trigger_context(run)}
    earlier = store.steps(call.run_id) if call.at.index else []
    return {"trigger": trigger} | {
        step.name: exported(payloads.exports_of(step)) for step in earlier if step.index < call.at.index
    }
