"""Handles an execution that failed, was stopped or timed out: closes its run if the state machine could not, starts the
on_error workflow, and mails a notice.

EventBridge delivers such an event at least once, with any delay and in any order. So everything here may run again, and
then changes nothing.
"""

import json
from contextlib import suppress
from hashlib import sha256
from typing import Any

from interlude import clock, logs
from interlude.aws import executions
from interlude.control import metrics, notices
from interlude.control.runs import MISSING, OMITTED
from interlude.errors import MissingObject, RunOver, TooDeep, TooLarge, UnknownRun, UnknownWorkflow
from interlude.models import ENDED, Run, Step, StepError
from interlude.options import Options
from interlude.run import death, payloads, store
from interlude.run.context import trigger_context
from interlude.run.death import Death
from interlude.settings import settings


def handle(event: dict[str, Any]) -> None:
    """Closes the run of an execution if it is still open, starts its on_error workflow, and mails the notice.

    Raises AWS's own errors: then Lambda calls again.
    """
    detail = event["detail"]
    try:
        run, steps = _run(detail)
    except UnknownRun:
        return
    died = Death.of(run) if run.status == "failed" else None
    if run.status == "cancelled":
        metrics.publish("cancelled", {"RunsCancelled": 1}, run.workflow)
    if not died:
        return
    if died.at.expires_at == death.FIRST.expires_at:  # the placeholder of a run's first turn
        store.mend_expiry(run.run_id)
    if died.at.next == "roll":  # the next execution may exist, although its start was never confirmed
        executions.stop(executions.rolled_over_to(run.workflow, run.run_id, died.at.turn))
    step = run.step_names[died.index]
    error = died.told_by(steps)
    options = Options.known(run.options)
    fields = {"step": step, "errorType": error.type, "errorMessage": error.message}
    metrics.publish(f"failed at {step}: {error.type}", {"RunsFailed": 1}, run.workflow, **fields)
    try:
        if not options.quiet:
            notices.send(run, step, error)
    finally:  # a failed mail must not prevent on_error
        if options.on_error:
            _start(options.on_error, run, step, error)


def _run(detail: dict[str, Any]) -> tuple[Run, list[Step]]:
    """The run of an execution that has ended, closed if it was still open. Raises UnknownRun."""
    run_id, turn = _begun_with(detail)
    workflow = detail["stateMachineArn"].removeprefix(settings().state_machine_arn_prefix)
    logs.add(run_id=run_id, workflow=workflow)
    with suppress(UnknownRun):
        run, steps = store.history(run_id)
        # Execution names are unique within one machine only, and this execution may never have begun its run.
        if run.workflow == workflow:
            if run.status not in ENDED:
                _close(run, steps, turn, detail)
                run, steps = store.history(run_id)
            return run, steps
    if detail["status"] == "ABORTED":
        raise UnknownRun(run_id)
    return executions.not_begun(run_id, workflow), []


def _begun_with(detail: dict[str, Any]) -> tuple[str, int]:
    """The run of an execution, and the first turn in it. A later execution of a run has both in its input; EventBridge
    omits an input that is large.
    """
    given = _input(detail)
    if not (isinstance(given, dict) and payloads.CURSOR_KEY in given):
        return str(detail["name"]), 1
    at = given.get("at")  # may be anything: an input can be forged
    turn = at.get("turn") if isinstance(at, dict) else None
    if not isinstance(turn, int):
        turn = 1
    return str(given.get("run_id")), turn


def _input(detail: dict[str, Any]) -> Any:
    """The input of an execution of the stack's own making; None for any other."""
    text = detail.get("input") or ""
    if payloads.CURSOR_KEY not in text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # Python can't read it: a number of 5,000 digits, 1,000 nested lists
        return None


def _close(run: Run, steps: list[Step], turn: int, detail: dict[str, Any]) -> None:
    """Ends the run of an execution that began with `turn`."""
    # RunOver: the run has ended already, or was retried, and an execution from before the retry must not end it.
    with suppress(RunOver):
        if detail["status"] == "ABORTED":
            store.cancel(run.run_id, turn)
        else:
            store.close(run.run_id, turn, death.failure(run, steps, executions.error_of(detail["executionArn"])))


def _start(workflow: str, run: Run, step: str, error: StepError) -> None:
    """Starts a workflow with an error as its event, once for each failed run."""
    try:
        event = payloads.get_event(run.run_id, run.trigger)
    except TooDeep as deep:
        event = {OMITTED: deep.size}
    except MissingObject as missing:
        event = {MISSING: missing.key}
    if _is_of_an_error(run, event):
        logs.write(f"not starting on_error={workflow}: this run was itself started by on_error", "WARNING")
        return
    run_id = f"{workflow}-{clock.from_iso(run.ended_at):012x}-{_trace(run.run_id)}"
    report = {
        "error": {
            "code": error.type,
            "msg": error.message,
            "stack": error.traceback,
            "cellId": step,
            "ts": run.ended_at,
        },
        "original_event": event,
        "original_context": trigger_context(run),
    }
    try:
        try:
            text = payloads.put_event(run_id, report)
        except (TooDeep, TooLarge):
            size = len(payloads.to_text(event).encode())
            text = payloads.put_event(run_id, {**report, "original_event": {OMITTED: size}})
        executions.start(workflow, run_id, text)
    except UnknownWorkflow:
        logs.write(f"not starting on_error={workflow}: workflow {workflow!r} does not exist", "WARNING")


def _is_of_an_error(run: Run, event: Any) -> bool:
    match event:
        case {"original_context": {"trace_id": str(origin)}}:
            return run.run_id.endswith(f"-{_trace(origin)}")
        case _:
            return False


def _trace(run_id: str) -> str:
    """The end of the id of the run that on_error starts for this run."""
    return sha256(run_id.encode()).hexdigest()[:16]
