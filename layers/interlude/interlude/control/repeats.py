"""Requests that their sender repeats with one Idempotency-Key: each is told of the run that the first has started.

    KEY#<digest>   <workflow>   the run of the first request, and the digest of what that asked for

The digest is of the door that a request came by and of its key. Called by runs and waits.
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
"""Which way a request came. Who knows a hook must not meet, by a key that can be guessed, what others have asked."""

# What makes a request another one. Headers are left out: those of a repetition have another date, another trace.
ASKED = ("method", "path", "query", "body", "is_base64_encoded")


def mark(key: str, door: Door, event: Any) -> Mark | None:
    """None without a key. `event` is the request, or the JSON value that somebody who is signed in has sent."""
    if not key:
        return None
    asked = event if door == "api" else {name: event.get(name) for name in ASKED}
    content = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return Mark(_digest(f"{door}\n{key}"), _digest(content))


def check(mark: Mark, first: Mark) -> None:
    """Raises KeyReused where a request has the key of the first one, but asks for something else."""
    if mark.content != first.content:
        raise KeyReused


def run_of(workflow: str, mark: Mark, run_id: str) -> str:
    """`run_id` for the first request with this mark in 24 h, and for the others what that was told. Raises KeyReused.

    Who has got an id starts the run: the first request may have died before it could.
    """
    now = clock.now_ms() // 1000
    try:
        table.update(
            {"pk": text(f"KEY#{mark.key}"), "sk": text(workflow)},
            UpdateExpression="SET run_id = :run_id, content = :content, expires_at = :expires_at",
            # TTL deletes some days late, so the time is looked at here.
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
