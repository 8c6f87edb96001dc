"""Starts runs and describes them."""

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
"""Bytes of all values in one response: Lambda allows 6 MB, including the JSON around them."""

OMITTED = "$omitted_bytes"
"""Key of an object that replaces a value which is too large for the response, or nested too deeply: its size."""

MISSING = "$missing_object"
"""Key of an object that replaces a value which is missing from the bucket: the key of the S3 object."""


def start(workflow: str, event: Any, mark: Mark | None = None) -> str:
    """Starts a run of a workflow. Returns its id; raises UnknownWorkflow, NotJson and TooLarge.

    A request with a mark starts only one run, however often it is repeated. Raises KeyReused.
    """
    run_id = executions.new_run_id(workflow)
    if mark:
        run_id = repeats.run_of(workflow, mark, run_id)
    logs.add(run_id=run_id, workflow=workflow)
    executions.start(workflow, run_id, payloads.put_event(run_id, event))
    return run_id


def describe(run_id: str, base_url: str) -> dict[str, Any]:
    """The body of `GET /runs/{run_id}`. Raises UnknownRun."""
    steps: list[Step] = []
    try:
        run, steps = store.history(run_id)
    except UnknownRun:
        run = executions.not_begun(run_id)
    pause = _open_pause(run, steps)
    status = "running" if run.status == "paused" and not pause else run.status
    died = Death.of(run)
    current = _current(run, steps)
    reader = _Reader()
    event = reader.get(run.trigger, lambda stored: payloads.get_event(run_id, stored))
    views = [_step(index, name, steps, status, died, current, reader) for index, name in enumerate(run.step_names)]
    error = None
    if died:
        error = {"step": views[died.index]["name"], **views[died.index]["error"]}
    return {
        "run_id": run.run_id,
        "workflow": run.workflow,
        "status": status,
        "started_at": run.started_at,
        "ended_at": run.ended_at or None,
        "exit_reason": run.exit_reason or None,
        "error": error,
        "trigger": {"event": event, "context": trigger_context(run)},
        "steps": views,
        "wait": _wait(run, pause, base_url) if pause else None,
        "credits": run.credits + open_credits(run, steps),
        "compute_ms": sum(step.compute_ms for step in steps),
    }


class _Reader:
    """Reads values until the response reaches Lambda's limit. A value that does not fit, or is nested too deeply, is
    replaced by its size. An event can be nested too deeply if it was not started through the API.
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
    stored = [step for step in steps if step.index == index]
    view: dict[str, Any] = {
        "name": name,
        "status": "running" if status == "running" and index == current else "pending",
        "runs": 0,
        "started_at": None,
        "ended_at": None,
        "context": None,
        "error": None,
        "exports": {},
    }
    for step in stored:
        view["status"] = _step_status(step, status, is_current=index == current)
        view["runs"] = step.runs
        view["started_at"] = step.started_at
        view["ended_at"] = step.ended_at
        view["context"] = reader.get(step.context)
        view["exports"] = payloads.exports_of(step, reader.get)
        if step.error and view["status"] != "running":
            view["error"] = asdict(step.error)
    if died and died.index == index:
        view["status"] = "failed"
        view["runs"] = max(view["runs"], died.runs)
        view["error"] = asdict(died.told_by(stored))
    return view


def _step_status(step: Step, status: str, *, is_current: bool) -> str:
    if step.status == "succeeded":
        return "succeeded"
    if status == "cancelled":
        return "cancelled"
    if status == "running" and is_current:
        return "running"
    return step.status


def _current(run: Run, steps: list[Step]) -> int:
    """The index of the step that the run is at, or -1 if the run has failed and was not retried."""
    if run.retried and all(step.turn < run.retried.turn for step in steps):
        return run.retried.index
    if not steps:
        return 0
    answer = steps[-1].answer
    return answer.index if answer else -1


def _open_pause(run: Run, steps: list[Step]) -> Pause | None:
    """The wait that the run is in; None if it has ended and the next turn has not settled it yet."""
    if run.status != "paused" or not steps:
        return None
    pause = steps[-1].pause
    if pause is None or _has_ended(run, pause):
        return None
    return pause


def _has_ended(run: Run, pause: Pause) -> bool:
    if not pause.parked:
        return clock.iso(clock.now_ms()) >= pause.until
    wait = store.wait(run.run_id, pause.wait)
    return bool(wait and wait.outcome)


def _wait(run: Run, pause: Pause, base_url: str) -> dict[str, Any]:
    step = run.step_names[int(pause.wait.partition(".")[0])]
    urls: dict[str, str | None] = {"resume_url": None, "cancel_url": None}
    if pause.parked:  # any other wait has no links, and nothing can end it early
        urls |= links(base_url, run.url_key, run.run_id, pause.wait)
    return {"step": step, "kind": pause.kind, "since": pause.since, "until": pause.until, **urls}


def open_credits(run: Run, steps: list[Step]) -> int:
    """The credits of the segment that is running, or in which the run failed or was cancelled."""
    if run.status in ("paused", "succeeded"):
        return 0
    # A retry begins a new segment, and has counted the one before.
    counted = not steps or (run.retried is not None and steps[-1].turn < run.retried.turn)
    open_ms = 0 if counted else steps[-1].segment_ms
    if not open_ms and run.status != "failed":
        return 0
    return credits_of(open_ms)
