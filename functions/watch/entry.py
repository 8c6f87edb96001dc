"""The entry point of the function Watch: EventBridge calls it each hour."""

from typing import Any

from interlude import logs
from interlude.control import watch

logs.install()


def handler(_event: dict[str, Any], context: Any) -> None:
    """Returns nothing: what it finds is in the metrics and in the log."""
    logs.begin(context)
    watch.look()
