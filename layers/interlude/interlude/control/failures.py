"""What happens when an execution has ended badly: the run is closed where the state machine could not, and it is told.

Called by the function Failures with EventBridge's word that an execution failed, was stopped or ran out of time. That
comes at least once, some time, in any order: everything here may happen again, and then changes nothing.
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
    """Closes the run of an execution if nobody has, starts its on_error workflow, and mails the notice.

    Raises what AWS raises, so that Lambda calls again.
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
    if died.at.expires_at == death.FIRST.expires_at:
        store.mend_expiry(run.run_id)
    if died.at.next == "roll":  # the next execution may be there, though no answer ever said so
        executions.stop(executions.rolled_over_to(run.workflow, run.run_id, died.at.turn))
    step, error, options = run.step_names[died.index], died.told_by(steps), Options.known(run.options)
    told = {"step": step, "errorType": error.type, "errorMessage": error.message}
    metrics.publish(f"failed at {step}: {error.type}", {"RunsFailed": 1}, run.workflow, **told)
    try:
        if not options.quiet:
            notices.send(run, step, error)
    finally:  # neither keeps the other from being done
        if options.on_error:
            _start(options.on_error, run, step, error)


def _run(detail: dict[str, Any]) -> tuple[Run, list[Step]]:
    """The run of an execution, as it stands when that has ended. Raises UnknownRun."""
    run_id, turn = _begun_with(detail)
    workflow = detail["stateMachineArn"].removeprefix(settings().state_machine_arn_prefix)
    logs.add(run_id=run_id, workflow=workflow)
    with suppress(UnknownRun):
        run, steps = store.history(run_id)
        # Names of executions are unique for one machine only, and this one may never have become a run.
        if run.workflow == workflow:
            if run.status not in ENDED:
                _close(run, steps, turn, detail)
                run, steps = store.history(run_id)
            return run, steps
    if detail["status"] == "ABORTED":
        raise UnknownRun(run_id)
    return executions.not_begun(run_id, workflow), []


def _begun_with(detail: dict[str, Any]) -> tuple[str, int]:
    """The run of an execution, and its first turn in it. A later execution of a run has both in its input, which is
    left out of the event where it is large.
    """
    text = detail.get("input") or ""
    try:
        given = json.loads(text) if payloads.CURSOR_KEY in text else None
    except (ValueError, RecursionError):
        given = None  # JSON that Python does not take: a number of 5,000 digits, 1,000 lists in lists
    if isinstance(given, dict) and payloads.CURSOR_KEY in given:
        at = given.get("at")  # anything where somebody has made it up
        turn = at.get("turn") if isinstance(at, dict) else None
        return str(given.get("run_id")), turn if isinstance(turn, int) else 1
    return str(detail["name"]), 1


def _close(run: Run, steps: list[Step], turn: int, detail: dict[str, Any]) -> None:
    """Ends the run of an execution that began with `turn`."""
    # Whoever was first knows better how the run ended. And a run that was retried does not end with what it was before.
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
        print(f"It was itself started by an error, so that it starts no {workflow}.")
        return
    run_id = f"{workflow}-{clock.from_iso(run.ended_at):012x}-{_trace(run.run_id)}"
    told = {
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
            text = payloads.put_event(run_id, told)
        except (TooDeep, TooLarge):
            size = len(payloads.to_text(event).encode())
            text = payloads.put_event(run_id, {**told, "original_event": {OMITTED: size}})
        executions.start(workflow, run_id, text)
    except UnknownWorkflow:
        print(f"The Options of {run.workflow} have on_error={workflow}, but there is no such workflow.")


def _is_of_an_error(run: Run, event: Any) -> bool:
    context = event.get("original_context") if isinstance(event, dict) else None
    origin = context.get("trace_id") if isinstance(context, dict) else None
    return isinstance(origin, str) and run.run_id.endswith(f"-{_trace(origin)}")


def _trace(run_id: str) -> str:
    """The end of the id of the run that a run's error starts."""
    return sha256(run_id.encode()).hexdigest()[:16]
