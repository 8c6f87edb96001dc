"""Test mode: runs one step alone, with a given event and given exports of earlier steps. Nothing is stored."""

import json
import secrets
from dataclasses import asdict
from typing import Any

from interlude import clock
from interlude.models import Run, Stored
from interlude.pd import usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.flow import Flow
from interlude.run.context import exported, run_context, trigger_context
from interlude.run.links import links
from interlude.settings import settings
from interlude.tmp import files

PAUSED = "Workflow execution canceled — this may be due to pd.flow.{call}() usage (not supported in test)"


def run(workflow: str, step: str, given: dict[str, Any]) -> dict[str, Any]:
    """`{"status": "succeeded|failed|canceled", "message", "exports", "error"}`.

    `given` is `{"event", "steps", "inputs"}`; its inputs replace those of the step's file. A step that would pause gets
    the status canceled and a message.
    """
    pretended = _pretended_run(workflow)
    flow = Flow(
        1,
        settings().suspend_timeout_action,
        lambda: links(settings().base_url, pretended.url_key, pretended.run_id, "0.1"),
    )
    trigger_of_test = {**trigger_context(pretended), "test": True}
    context = Attributes(trigger_of_test, run=Attributes(run_context(1, None, None)), resume=None)
    trigger = {"event": given.get("event"), "context": trigger_of_test}
    steps = {"trigger": trigger} | {name: exported(exports) for name, exports in given.get("steps", {}).items()}
    pd = Pd(flow, context, lambda: steps, _check_response, given.get("inputs", {}))
    files.bring(pretended.run_id, "")
    text, error = usercode.run(step, pd)
    if error:
        return _result("failed", error.message, error=asdict(error))
    exports = json.loads(text)
    if flow.directive and not flow.exited:
        return _result("canceled", PAUSED.format(call=flow.directive.kind), exports)
    return _result("succeeded", flow.exit_reason, exports)


def _check_response(response: Any) -> None:
    from interlude.pd import responses

    responses.checked(response)


def _pretended_run(workflow: str) -> Run:
    return Run(
        run_id="test",
        workflow=workflow,
        status="running",
        started_at=clock.iso(clock.now_ms()),
        execution="arn:aws:states:::test",
        url_key=secrets.token_hex(),
        steps="test",
        trigger=Stored(text="null"),
    )


def _result(status: str, message: str, exports: Any = None, error: Any = None) -> dict[str, Any]:
    return {"status": status, "message": message, "exports": exports or {}, "error": error}
