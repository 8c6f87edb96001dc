"""One turn of a run: settle the wait that the run comes from, run the user's code, store what came of it.

Called by `step`. A suspend's or delay's wait is settled without running the user's code again; the next cursor then
names the next step.
"""

import math
from dataclasses import replace
from typing import Any

from interlude import clock, payloads, store, usercode
from interlude.context import run_context, trigger_context
from interlude.ending import answer_again, end, finish, seconds_left, wait_for, weighted_ms
from interlude.errors import RunOver
from interlude.flow import Flow
from interlude.links import links
from interlude.models import ENDED, Call, Cursor, Step, Stored
from interlude.pd import Attributes, Pd
from interlude.settings import settings
from interlude.store import Loaded

TURNS_PER_EXECUTION = 1_000
"""A turn adds up to 13 events to an execution's history, which may hold 25,000."""


def answer(call: Call) -> Cursor:
    """The next cursor. Raises StepFailed."""
    at = call.at
    loaded = store.load(call.run_id, at.index, at.wait)
    if loaded.step and loaded.step.turn == at.turn:
        return answer_again(loaded.step)
    if loaded.run.status in ENDED:
        return at.then("cancelled")
    if at.turn % TURNS_PER_EXECUTION == 0:
        return at.then("roll", after="continue", wait=at.wait)
    try:
        return _settle(call, loaded) if _comes_from_own_wait(at) else _attempt(call, loaded, at.run, _request(loaded))
    except RunOver:
        return at.then("cancelled")


def _comes_from_own_wait(at: Cursor) -> bool:
    return at.wait == f"{at.index}.{at.run}"


def _request(loaded: Loaded) -> Any:
    """The request that ended the wait which the run comes from; None where a timer or nothing did."""
    wait = loaded.wait
    return payloads.get(wait.request) if wait and wait.outcome == "resumed" else None


def _settle(call: Call, loaded: Loaded) -> Cursor:
    """Finds out how the wait ended, and ends it where nobody has: then its time is up."""
    at, step = call.at, loaded.step
    assert step and step.pause
    wait = loaded.wait
    if not (wait and wait.outcome) and (left_s := seconds_left(step.pause)):
        return wait_for(call, step.pause.parked, left_s, wait=at.wait)
    if step.pause.parked and not (wait and wait.outcome):
        _, wait = store.claim(call.run_id, at.wait, "elapsed")
        loaded = replace(loaded, wait=wait)
    outcome = wait.outcome if wait else "elapsed"
    if outcome == "cancelled" or (outcome == "elapsed" and step.pause.on_timeout == "cancel"):
        store.cancel(call.run_id)
        return at.then("cancelled")
    if step.pause.kind == "rerun":
        store.go_on(loaded.run)
        fresh = replace(call, at=replace(at, segment_ms=0))
        return _attempt(fresh, loaded, at.run + 1, None, _request(loaded))
    ended = clock.iso(clock.now_ms())
    resume_data = wait.request if wait and outcome == "resumed" else None
    settled = replace(step, status="succeeded", turn=at.turn, ended_at=ended, resume_data=resume_data)
    if call.is_last:
        return finish(call, settled, exit_reason="")
    # The next step finds its pd.context["resume"] by the wait.
    onward = at.then("continue", index=at.index + 1, run=1, wait=at.wait, segment_ms=0)
    return answer_again(store.settle(call.run_id, replace(settled, answer=onward)))


def _attempt(call: Call, loaded: Loaded, run_number: int, resume: Any, callback: Any = None) -> Cursor:
    """Runs the user's code, and stores what it did."""
    before = loaded.step
    received = before.next_context if before and run_number > 1 else None
    wait = f"{call.at.index}.{run_number}"
    flow = Flow(
        run_number,
        settings().suspend_timeout_action,
        lambda: links(settings().base_url, loaded.run.url_key, call.run_id, wait),
    )
    context = Attributes(
        trigger_context(loaded.run),
        run=Attributes(run_context(run_number, payloads.get(received), callback)),
        resume=resume,
    )
    pd = Pd(flow, context, lambda: _earlier_steps(call, loaded))

    started, started_at = clock.elapsed_ms(), clock.iso(clock.now_ms())
    text, error = usercode.run(call.step, pd)
    exports = payloads.put(call.run_id, text)
    compute_ms = math.ceil(clock.elapsed_ms(started))
    step = Step(
        index=call.at.index,
        name=call.step,
        status="failed" if error else "succeeded",
        runs=run_number,
        turn=call.at.turn,
        answer=None,
        started_at=before.started_at if before else started_at,
        ended_at=clock.iso(clock.now_ms()),
        compute_ms=(before.compute_ms if before else 0) + compute_ms,
        segment_ms=call.at.segment_ms + weighted_ms(compute_ms),
        exports=exports,
        context=received or Stored(text="null"),
        error=error,
    )
    return end(call, loaded.run, step, flow)


def _earlier_steps(call: Call, loaded: Loaded) -> dict[str, Any]:
    run = loaded.run
    trigger = {"event": payloads.get_event(run.run_id, run.trigger), "context": trigger_context(run)}
    earlier = store.steps(call.run_id) if call.at.index else []
    return {"trigger": trigger} | {
        step.name: payloads.exports_of(step) for step in earlier if step.index < call.at.index
    }
