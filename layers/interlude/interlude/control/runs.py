"""Starts runs, and tells about them. Called by the API."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from interlude import clock, logs
from interlude.aws import executions
from interlude.control import repeats
from interlude.errors import MissingObject, TooDeep, UnknownRun
from interlude.models import Mark, Pause, Run, Step, Stored
from interlude.run import payloads, store
from interlude.run.context import trigger_context
from interlude.run.death import Death
from interlude.run.links import links
from interlude.turns.ending import credits_of

ANSWER_BYTES = 5_500_000
"""Of values in one answer: a Lambda response may have 6 MB, with the JSON around them."""

OMITTED = "$omitted_bytes"
"""Key that stands for a value which would make the answer too large, or is nested too deeply; its value is the size."""

MISSING = "$missing_object"
"""Key that stands for a value which is not in the bucket any more; its value is the object's key."""


def start(workflow: str, event: Any, mark: Mark | None = None) -> str:
    """Starts a run of a workflow. Returns its id; raises UnknownWorkflow, NotJson and TooLarge.

    A request with a mark starts one run, however often it is repeated. Raises KeyReused.
    """
    run_id = executions.new_run_id(workflow)
    if mark:
        run_id = repeats.run_of(workflow, mark, run_id)
    logs.add(run_id=run_id, workflow=workflow)
    executions.start(workflow, run_id, payloads.put_event(run_id, event))
    return run_id


def describe(run_id: str, base_url: str) -> dict[str, Any]:
    """All about a run, as `GET /runs/{run_id}` answers it. Raises UnknownRun."""
    try:
        run, steps = store.history(run_id)
    except UnknownRun:
        run, steps = executions.not_begun(run_id), []
    pause = _open_pause(run, steps)
    status = "running" if run.status == "paused" and not pause else run.status
    died, current = Death.of(run), _current(run, steps)
    reader = _Reader()
    event = reader.get(run.trigger, lambda stored: payloads.get_event(run_id, stored))
    views = [_step(index, name, steps, status, died, current, reader) for index, name in enumerate(run.step_names)]
    return {
        "run_id": run.run_id,
        "workflow": run.workflow,
        "status": status,
        "started_at": run.started_at,
        "ended_at": run.ended_at or None,
        "exit_reason": run.exit_reason or None,
        "error": {"step": views[died.index]["name"], **views[died.index]["error"]} if died else None,
        "trigger": {"event": event, "context": trigger_context(run)},
        "steps": views,
        "wait": _wait(run, pause, base_url) if pause else None,
        "credits": run.credits + open_credits(run, steps),
        "compute_ms": sum(step.compute_ms for step in steps),
    }


class _Reader:
    """Reads values until the answer is as large as Lambda lets it be. The size stands for a value that does not fit,
    or is nested too deeply: whoever starts an execution directly may hand over such an event.
    """

    def __init__(self) -> None:
        self._left = ANSWER_BYTES

    def get(self, stored: Stored, read: Callable[[Stored], Any] = payloads.get) -> Any:
        if stored.size > self._left:
            return {OMITTED: stored.size}
        try:
            return self._fit(read(stored))
        except TooDeep as error:
            return {OMITTED: error.size}
        except MissingObject as missing:
            return {MISSING: missing.key}

    def _fit(self, value: Any) -> Any:
        size = payloads.escaped_size(payloads.to_text(value))
        if size > self._left:
            return {OMITTED: size}
        self._left -= size
        return value


def _step(
    index: int, name: str, steps: list[Step], status: str, died: Death | None, current: int, reader: "_Reader"
) -> dict[str, Any]:
    step = next((step for step in steps if step.index == index), None)
    dead = died if died and died.index == index else None
    shown = "failed" if dead else _step_status(step, status, is_current=index == current)
    error = step.error if step and shown != "running" else None
    if dead:
        error = dead.told_by([step] if step else [])
    return {
        "name": name,
        "status": shown,
        "runs": max(step.runs if step else 0, dead.runs if dead else 0),
        "started_at": step.started_at if step else None,
        "ended_at": step.ended_at if step else None,
        "context": reader.get(step.context) if step else None,
        "error": asdict(error) if error else None,
        "exports": payloads.exports_of(step, reader.get) if step else {},
    }


def _step_status(step: Step | None, status: str, *, is_current: bool) -> str:
    if step and step.status == "succeeded":
        return "succeeded"
    if status == "cancelled" and step:
        return "cancelled"
    if status == "running" and is_current:
        return "running"
    return step.status if step else "pending"


def _current(run: Run, steps: list[Step]) -> int:
    """The index of the step that the run is at, or -1 where it has failed and nobody has retried it."""
    if run.retried and all(step.turn < run.retried.turn for step in steps):
        return run.retried.index
    last = steps[-1] if steps else None
    if last is None:
        return 0
    return last.answer.index if last.answer else -1


def _open_pause(run: Run, steps: list[Step]) -> Pause | None:
    """The wait that the run is in; None where it has ended and the next turn is about to find out."""
    pause = steps[-1].pause if run.status == "paused" and steps else None
    if pause is None:
        return None
    if not pause.parked:
        return pause if clock.iso(clock.now_ms()) < pause.until else None
    ended = store.wait(run.run_id, pause.wait)
    return None if ended and ended.outcome else pause


def _wait(run: Run, pause: Pause, base_url: str) -> dict[str, Any]:
    step = run.step_names[int(pause.wait.partition(".")[0])]
    # A wait that is not parked has handed out no links, and nothing could end it early.
    urls = (
        links(base_url, run.url_key, run.run_id, pause.wait)
        if pause.parked
        else {"resume_url": None, "cancel_url": None}
    )
    return {"step": step, "kind": pause.kind, "since": pause.since, "until": pause.until, **urls}


def open_credits(run: Run, steps: list[Step]) -> int:
    """Of the segment that is running, or that the run failed or was cancelled in."""
    if run.status in ("paused", "succeeded"):
        return 0
    # A retry begins a segment of its own, and the one before has been counted by it.
    counted = not steps or (run.retried is not None and steps[-1].turn < run.retried.turn)
    open_ms = 0 if counted else steps[-1].segment_ms
    return credits_of(open_ms) if open_ms or run.status == "failed" else 0
