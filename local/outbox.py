"""The mails that steps have sent: kept here instead of delivered.

moto_differences records, own_routes shows them at GET /local/outbox, running() empties it. Calls nothing of local.
"""

import threading
from datetime import UTC, datetime
from typing import Any

_lock = threading.Lock()
_messages: list[dict[str, str]] = []


def record(email: dict[str, Any]) -> None:
    """Keeps a SESv2 SendEmail request with Simple content."""
    simple = email["Content"]["Simple"]
    body = simple.get("Body", {})
    message = {
        "from": email.get("FromEmailAddress", ""),
        "to": ", ".join(email.get("Destination", {}).get("ToAddresses", [])),
        "subject": simple.get("Subject", {}).get("Data", ""),
        "text": body.get("Text", {}).get("Data", ""),
        "html": body.get("Html", {}).get("Data", ""),
        "sent_at": _now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    with _lock:
        _messages.append(message)


def messages() -> list[dict[str, str]]:
    """All of them, the newest last."""
    with _lock:
        return list(_messages)


def clear() -> None:
    """Forgets them all."""
    with _lock:
        _messages.clear()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the time of this machine's mail, not of the project's
