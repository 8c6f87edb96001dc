"""A run's own description: `pd.context`, and `pd.steps`."""

from typing import Any

from interlude import __version__
from interlude.models import Run


def trigger_context(run: Run) -> dict[str, Any]:
    """`id` changes with every pause, because each segment counts as an execution of its own; `trace_id` never does."""
    segment = f"-{run.pauses}" if run.pauses else ""
    return {
        "id": f"{run.run_id}{segment}",
        "ts": run.started_at,
        "workflow_id": run.workflow,
        "workflow_name": run.workflow,
        # The version of the first step's function, which each deployment increases.
        "deployment_id": run.steps.partition(",")[0].rpartition(":")[2],
        "owner_id": run.execution.split(":")[4],
        "platform_version": __version__,
        "trace_id": run.run_id,
        "test": False,
        "replay": False,
        "verified": False,
    }


def run_context(runs: int, context: Any, callback_request: Any) -> dict[str, Any]:
    """`pd.context["run"]`. The key callback_request is absent unless the resume link was used."""
    known = {"runs": runs, "context": context}
    if callback_request is not None:
        known["callback_request"] = callback_request
    return known


def exported(exports: dict[str, Any]) -> dict[str, Any]:
    """A step's entry in `pd.steps`. It always has `$return_value`: None is not stored."""
    return {"$return_value": None, **exports}
