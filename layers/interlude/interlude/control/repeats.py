"""Requests that are repeated with one Idempotency-Key: each gets the run that the first one started.

    KEY#<digest>   <workflow>   the run of the first request, and the digest of its content

The key's digest covers the door that a request came through, and its Idempotency-Key.
"""

import json
from hashlib import sha256
from typing import Any, Literal

from interlude import clock
from interlude.aws import table
from interlude.aws.records import number, text
from interlude.aws.table import Lost
from interlude.errors import KeyReused
from interlude.models import Mark

REMEMBERED_S = clock.DAY_S

Door = Literal["hook", "link", "api"]
"""How a request came in. A key that is easy to guess must not lead from a hook to the requests of other callers."""

# What a repetition must have in common with the first request. Headers are left out: date and trace differ.
ASKED = ("method", "path", "query", "body", "is_base64_encoded")


def mark(key: str, door: Door, event: Any) -> Mark | None:
    """The mark of a request; None without a key. `event` is the request, or for the door api its JSON body."""
    if not key:
        return None
    asked = event
    if door != "api":
        asked = {name: event.get(name) for name in ASKED}
    content = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return Mark(_digest(f"{door}\n{key}"), _digest(content))


def check(mark: Mark, first: Mark) -> None:
    """Raises KeyReused if a request has the key of the first one, but different content."""
    if mark.content != first.content:
        raise KeyReused


def run_of(workflow: str, mark: Mark, run_id: str) -> str:
    """`run_id` for the first request with this mark in 24 h; for the others the first one's id. Raises KeyReused.

    Every caller then starts the run with that id: the first one may have died before it could.
    """
    now = clock.now_ms() // 1000
    try:
        table.update(
            {"pk": text(f"KEY#{mark.key}"), "sk": text(workflow)},
            UpdateExpression="SET run_id = :run_id, content = :content, expires_at = :expires_at",
            # TTL deletes up to some days late, so the condition checks the time.
            ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
            ExpressionAttributeValues={
                ":run_id": text(run_id),
                ":content": text(mark.content),
                ":expires_at": number(now + REMEMBERED_S),
                ":now": number(now),
            },
        )
    except Lost as lost:
        first = lost.items[0] or {}
        check(mark, Mark(mark.key, first["content"]["S"]))
        return str(first["run_id"]["S"])
    return run_id


def _digest(value: str) -> str:
    return sha256(value.encode()).hexdigest()
