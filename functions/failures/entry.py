"""The entry point of the function Failures: EventBridge calls it when an execution fails, is stopped or times out."""

from typing import Any

from interlude import logs
from interlude.control import failures

logs.install()


def handler(event: dict[str, Any], context: Any) -> None:
    """Returns nothing: EventBridge ignores the result, and calls again after an error."""
    logs.begin(context)
    failures.handle(event)
