"""The events of an execution: as they are written, and as GetExecutionHistory shows them. Calls executions."""

import json
from typing import Any

from local.engine.machines.executions import Event, Execution

MAX_EVENTS = 25_000

_ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}

_DATA_FIELDS = {
    "ExecutionStarted": "input",
    "TaskScheduled": "parameters",
    "TaskSubmitted": "output",
    "TaskSucceeded": "output",
    "ExecutionSucceeded": "output",
}


class HistoryFull(Exception):
    """An execution has as many events as AWS allows, but for the one that it ends with."""


class Log:
    """The events that one transition adds."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self.events: list[Event] = []

    def add(
        self, kind: str, at_ms: int, details: str | None, data: str | None = None, data_of: int | None = None
    ) -> int:
        """Adds an event, with details as JSON text, and returns its id. Raises HistoryFull."""
        execution = self._execution
        if execution.events >= MAX_EVENTS - 1 and kind not in _ENDS:
            raise HistoryFull
        previous = _previous(execution.events, kind)
        execution.events += 1
        self.events.append(Event(execution.key_of(execution.events), kind, at_ms, previous, details, data, data_of))
        return execution.events


def _previous(last: int, kind: str) -> int:
    """AWS: the first state follows nothing, and neither does being stopped."""
    return 0 if last == 1 or kind == "ExecutionAborted" else last


def shown(event: Event, *, with_data: bool) -> dict[str, Any]:
    """An event as the API has it."""
    details = json.loads(event.details) if event.details else {}
    field = _data_field(event.type)
    if event.data is not None and field and with_data:
        details[field] = event.data
        if field != "parameters":
            details[f"{field}Details"] = {"truncated": False}
    event_shown: dict[str, Any] = {
        "timestamp": event.at_ms / 1000,
        "type": event.type,
        "id": event.id,
        "previousEventId": event.previous,
    }
    if details or event.type == "ExecutionAborted":
        event_shown[_details_name(event.type)] = details
    return event_shown


def _data_field(kind: str) -> str | None:
    if kind.endswith("StateEntered"):
        return "input"
    if kind.endswith("StateExited"):
        return "output"
    return _DATA_FIELDS.get(kind)


def _details_name(kind: str) -> str:
    for common in ("StateEntered", "StateExited"):
        if kind.endswith(common):
            kind = common
    return f"{kind[0].lower()}{kind[1:]}EventDetails"
