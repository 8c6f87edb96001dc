"""The end of a turn: stores the step and builds the next cursor."""

import math
from dataclasses import replace
from typing import Any

from interlude import clock
from interlude.models import Call, Cursor, Directive, Next, Pause, Run, Step, StepError, Stored
from interlude.pd.flow import Flow
from interlude.run import payloads, store, writes
from interlude.settings import settings
from interlude.turns import renewal

CREDIT_MS = 30_000
CREDIT_MB = 256

EXECUTION_S = 360 * clock.DAY_S
"""Step Functions ends an execution after a year without a write to the table. A wait that comes near gets a new one."""
TIMER_S = 300 * clock.DAY_S
"""The longest timer. A longer wait has several, one after the other."""
CLOCKS_DIFFER_S = 60


class StepFailed(Exception):
    """A step's own error, which is already stored."""

    def __init__(self, error: StepError) -> None:
        self.error = error
        super().__init__(error.message)


def is_over(call: Call, flow: Flow) -> bool:
    """Whether the run ends with a step that has not failed."""
    return flow.exited or (call.is_last and not flow.directive)


def end(call: Call, run: Run, step: Step, flow: Flow, retry: Directive | None) -> Cursor:
    """Stores a step that has just run, and returns the cursor for what it asked for. Raises RunOver and StepFailed.

    `retry` is the wait of a failed step that will be retried.
    """
    if retry:
        # Links are kept: the exports of a failed attempt contain them.
        return _pause(call, run, step, retry, links_kept=True)
    if step.error:
        return answer_again(store.fail(call.run_id, step))
    if is_over(call, flow):
        return finish(call, step, flow.exit_reason)
    if flow.directive:
        return _pause(call, run, step, flow.directive, flow.links_kept)
    answer = call.at.next_step(segment_ms=step.segment_ms, expires_at=str(writes.expiry()))
    return answer_again(store.save(call.run_id, replace(step, answer=answer)))


def _pause(call: Call, run: Run, step: Step, directive: Directive, links_kept: bool) -> Cursor:
    retries = directive.kind == "retry"
    wait = call.at.own_wait
    failures = 0
    if retries:
        wait = call.at.retry_wait
        failures = call.at.failures + 1
    now = clock.now_ms()
    run = renewal.kept(run, call, now + directive.wait_ms, directive.origin)
    seconds = math.ceil(directive.wait_ms / 1000)
    pause = Pause(
        wait=wait,
        kind=directive.kind,
        since=clock.iso(now),
        until=clock.iso(now + directive.wait_ms),
        parked=links_kept,
        on_timeout=directive.on_timeout,
        origin=directive.origin,
    )
    expires_at = str(writes.expiry(seconds))
    answer = wait_for(call, links_kept, seconds, wait=wait, segment_ms=0, expires_at=expires_at, failures=failures)
    paused = replace(
        step,
        status="paused",
        answer=answer,
        pause=pause,
        segment_ms=0,
        next_context=_next_context(call, step, directive),
    )
    return answer_again(store.pause(run, paused, credits_of(step.segment_ms), call.execution))


def _next_context(call: Call, step: Step, directive: Directive) -> Stored | None:
    if directive.kind == "rerun":
        return payloads.put(call.run_id, directive.context)
    if directive.kind == "retry":
        return step.context
    return None


def wait_for(call: Call, parked: bool, seconds: int, **changes: Any) -> Cursor:
    """The cursor that waits: in a new execution if this one would end before the wait does."""
    what, timer_s = timer(parked, seconds)
    age_s = (clock.now_ms() - clock.from_iso(call.execution_started_at)) / 1000
    if age_s + timer_s > EXECUTION_S:
        return call.at.then("roll", after=what, seconds=timer_s, **changes)
    return call.at.then(what, seconds=timer_s, **changes)


def timer(parked: bool, seconds: int) -> tuple[Next, int]:
    """The state that waits for this long, and its timer. For 0 seconds that is the next turn."""
    if seconds == 0:
        return "continue", 0
    what: Next = "park" if parked else "wait"
    return what, min(seconds, TIMER_S)


def timers(pause: Pause) -> int:
    """How many timers a wait has, one after the other."""
    wait_s = (clock.from_iso(pause.until) - clock.from_iso(pause.since)) / 1000
    return max(1, math.ceil(wait_s / TIMER_S))


def until_end_s(pause: Pause) -> float:
    """Seconds until a wait times out; negative after that."""
    return (clock.from_iso(pause.until) - clock.now_ms()) / 1000


def seconds_left(pause: Pause) -> int:
    """The rest of a wait that is longer than one timer; 0 if the wait has timed out, give or take CLOCKS_DIFFER_S."""
    left_s = until_end_s(pause)
    if left_s <= CLOCKS_DIFFER_S:
        return 0
    return math.ceil(left_s)


def finish(call: Call, step: Step, exit_reason: str) -> Cursor:
    """Stores a step together with the end of its run. Raises RunOver."""
    ended = replace(step, answer=call.at.then("finish"), segment_ms=0)
    return answer_again(store.finish(call.run_id, ended, credits_of(step.segment_ms), exit_reason))


def answer_again(step: Step) -> Cursor:
    """The answer of a step as it is stored. If another call has stored it, that call's answer counts."""
    if step.answer:
        return step.answer
    assert step.error
    raise StepFailed(step.error)


def weighted_ms(compute_ms: int) -> int:
    """Compute in ms at 256 MB, as credits count it."""
    return math.ceil(compute_ms * settings().memory_mb / CREDIT_MB)


def credits_of(segment_ms: int) -> int:
    """One credit for each 30 s at 256 MB, or part of it; at least one for a segment."""
    return max(1, math.ceil(segment_ms / CREDIT_MS))
