"""How long an execution's history is on AWS, by the states that it has entered. For tests and the bench.

Counted by the types of events that AWS documents, because moto may leave some out: a state is entered and left; a task
is scheduled, started and succeeds, fails or times out, and one that waits for a token is submitted in between. Each
further attempt is scheduled, started, submitted and fails once more.
"""

from collections.abc import Iterable
from typing import Any

HISTORY = 25_000


def events_of(entered: Iterable[str], states: dict[str, Any]) -> int:
    """Of an execution that has entered these states, with its own begin and end."""
    return 2 + sum(events(states[name]) for name in entered)


def events(state: dict[str, Any], *, every_retry: bool = False) -> int:
    """Of a state, once; with all attempts that its retriers allow, each of which has a count of its own."""
    attempts = sum(retrier.get("MaxAttempts", 3) for retrier in state.get("Retry", [])) if every_retry else 0
    if state["Type"] == "Fail":
        return 1
    if state["Type"] != "Task":
        return 2
    attempt = 4 if state["Resource"].endswith(".waitForTaskToken") else 3
    return 2 + attempt * (1 + attempts)
