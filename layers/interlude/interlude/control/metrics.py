"""The stack's own metrics, each a line of the log that CloudWatch reads as one (embedded metric format).

Nobody is asked for it, and a metric costs in those hours only in which it is written. Called by failures and watch.
"""

from typing import Any, Literal

from interlude import clock, logs
from interlude.settings import settings

NAMESPACE = "Interlude"

Name = Literal["RunsFailed", "RunsCancelled", "RunsWaiting", "OldestWaitDays", "WaitsNearDeadline", "WaitsOverdue"]

UNITS: dict[Name, str] = {"OldestWaitDays": "None"}
"""Of those that are no counts."""


def publish(message: str, values: dict[Name, float], workflow: str = "", **fields: Any) -> None:
    """Publishes values for the stack and, where one is given, for the workflow, in one line that says so."""
    named = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in values]
    dimensions = [["Stack"], ["Stack", "Workflow"]] if workflow else [["Stack"]]
    described = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": named}
    line: dict[str, Any] = {
        "_aws": {"Timestamp": clock.now_ms(), "CloudWatchMetrics": [described]},
        "Stack": settings().stack,
        **({"Workflow": workflow} if workflow else {}),
        **{str(name): value for name, value in values.items()},
        **fields,
    }
    logs.write(message, **line)
