"""What a run says of itself: `pd.context`, and `pd.steps`."""

from typing import Any

from interlude import __version__
from interlude.models import Run


def trigger_context(run: Run) -> dict[str, Any]:
    """`id` changes with every pause, as each segment of a run is an execution of its own; `trace_id` never does."""
    return {
        "id": f"{run.run_id}-{run.pauses}" if run.pauses else run.run_id,
        "ts": run.started_at,
        "workflow_id": run.workflow,
        "workflow_name": run.workflow,
        # The version of the first step's function, which a deployment counts up.
        "deployment_id": run.steps.partition(",")[0].rpartition(":")[2],
        "owner_id": run.execution.split(":")[4],
        "platform_version": __version__,
        "trace_id": run.run_id,
        "test": False,
        "replay": False,
        "verified": False,
    }


def run_context(runs: int, context: Any, callback_request: Any) -> dict[str, Any]:
    """`pd.context["run"]`. The key callback_request is absent unless the resume link was opened."""
    known = {"runs": runs, "context": context}
    return known if callback_request is None else {**known, "callback_request": callback_request}


def exported(exports: dict[str, Any]) -> dict[str, Any]:
    """What `pd.steps` has of a step: `$return_value` also where it returned None, which is not stored."""
    return {"$return_value": None, **exports}
