"""The entry point of the function Wakeups: Lambda calls it with changes of the table of the runs."""

from typing import Any

from interlude.control import wakeups


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Returns which changes are to come again."""
    return wakeups.handle(event)
