"""The entry point of the function Wakeups: Lambda calls it with changes to the table of runs."""

from typing import Any

from interlude import logs
from interlude.control import wakeups

logs.install()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Returns the changes that Lambda must send again."""
    logs.begin(context)
    return wakeups.handle(event)
