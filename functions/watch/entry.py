"""The entry point of the function Watch: EventBridge calls it each hour."""

from typing import Any

from interlude import logs
from interlude.control import watch

logs.install()


def handler(_event: dict[str, Any], context: Any) -> None:
    """Returns nothing: the results go to the metrics and the log."""
    logs.begin(context)
    watch.look()
