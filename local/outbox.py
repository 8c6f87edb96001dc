"""The mails that steps have sent: kept here instead of delivered.

moto_differences records, own_routes shows them at GET /local/outbox, server says where they are kept. Calls the store.
"""

import atexit
import json
from typing import Any

from local.clock import iso, now_ms
from local.engine.store import Store

_SCHEMA = "CREATE TABLE IF NOT EXISTS mail (number INTEGER PRIMARY KEY, message TEXT NOT NULL)"

_memory = Store()
atexit.register(_memory.close)
_store = _memory
_store.create(_SCHEMA)


def keep_in(store: Store | None) -> None:
    """From now on the mails are those in the store. None: in memory, without any at first."""
    global _store  # noqa: PLW0603 - moto's backends are one for the process, too
    _memory.write("DELETE FROM mail")
    _store = store or _memory
    _store.create(_SCHEMA)


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
        "sent_at": iso(now_ms()),
    }
    _store.write("INSERT INTO mail (message) VALUES (?)", json.dumps(message))


def messages() -> list[dict[str, str]]:
    """All of them, the newest last."""
    return [json.loads(message) for (message,) in _store.rows("SELECT message FROM mail ORDER BY number")]
