"""The entry point of the function Failures: EventBridge calls it when an execution of the stack has ended badly."""

from typing import Any

from interlude.control import failures


def handler(event: dict[str, Any], _context: Any) -> None:
    """Returns nothing: who called does not wait for an answer, and calls again after an error."""
    failures.handle(event)
