"""The stack's own metrics: log lines from which CloudWatch extracts them (embedded metric format).

That needs no request to AWS, and a metric costs only in the hours in which it is written.
"""

from typing import Any, Literal

from interlude import clock, logs
from interlude.settings import settings

NAMESPACE = "Interlude"

Name = Literal["RunsFailed", "RunsCancelled", "RunsWaiting", "OldestWaitDays", "WaitsNearDeadline", "WaitsOverdue"]

UNITS: dict[Name, str] = {"OldestWaitDays": "None"}
"""The units of metrics that are not counts."""


def publish(message: str, values: dict[Name, float], workflow: str = "", **fields: Any) -> None:
    """Publishes values for the stack, and for the workflow if there is one, in one log line with this message."""
    named = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in values]
    dimensions = [["Stack"]]
    about = {"Stack": settings().stack}
    if workflow:
        dimensions.append(["Stack", "Workflow"])
        about["Workflow"] = workflow
    described = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": named}
    line: dict[str, Any] = {
        "_aws": {"Timestamp": clock.now_ms(), "CloudWatchMetrics": [described]},
        **about,
        **{str(name): value for name, value in values.items()},
        **fields,
    }
    logs.write(message, **line)
