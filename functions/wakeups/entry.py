"""The entry point of the function Wakeups: Lambda calls it with changes of the table of the runs."""

from typing import Any

from interlude import logs
from interlude.control import wakeups

logs.install()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Returns which changes are to come again."""
    logs.begin(context)
    return wakeups.handle(event)
