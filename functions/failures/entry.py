"""The entry point of the function Failures: EventBridge calls it when an execution of the stack has ended badly."""

from typing import Any

from interlude import logs
from interlude.control import failures

logs.install()


def handler(event: dict[str, Any], context: Any) -> None:
    """Returns nothing: who called does not wait for an answer, and calls again after an error."""
    logs.begin(context)
    failures.handle(event)
