"""How many callers of hooks may wait at the same time, over all environments of the API's function.

    CALLERS   WAITING   slot_0, slot_1, …: until when each is taken, in ms since the epoch

A caller that waits keeps an environment from everything else, and the links and steps that would end the waiting need
some. One conditional write takes a slot, another gives it back; where an environment has died, the slot is free again
after LEASE_MS. Called by awaiting.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from interlude import clock, logs
from interlude.aws import table
from interlude.aws.records import number, text
from interlude.aws.table import Lost
from interlude.settings import settings

LEASE_MS = 30_000
"""The API's function is ended after 29 s."""

ATTEMPTS = 8
"""Each but the first fails only if another caller has just taken the same slot."""

KEY = {"pk": text("CALLERS"), "sk": text("WAITING")}


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    until_ms: int


@contextmanager
def slot() -> Iterator[bool]:
    """Says whether the caller may wait, and keeps its place until the block ends."""
    taken = _take()
    try:
        yield taken is not None
    finally:
        if taken:
            _give_back(taken)


def _take() -> _Slot | None:
    names = [f"slot_{index}" for index in range(settings().waiting_callers)]
    free = names
    for _ in range(ATTEMPTS):
        if not free:
            return None
        now_ms = clock.now_ms()
        wanted = _Slot(random.choice(free), now_ms + LEASE_MS)  # noqa: S311  # no secret
        try:
            _write(wanted, "SET #slot = :until", "attribute_not_exists(#slot) OR #slot <= :now", now=now_ms)
        except Lost as lost:
            found = lost.items[0] or {}
            free = [name for name in names if name not in found or int(found[name]["N"]) <= now_ms]
        else:
            return wanted
    return None


def _give_back(taken: _Slot) -> None:
    try:
        # Another caller has the slot by now if this one took longer than its lease.
        _write(taken, "REMOVE #slot", "#slot = :until")
    except Lost:
        pass
    except Exception as error:  # noqa: BLE001  # the caller gets its response; the lease ends without this
        logs.write(f"could not give back {taken.name}: {type(error).__name__}: {error}", "WARNING")


def _write(wanted: _Slot, expression: str, condition: str, **more: int) -> None:
    values = {"until": wanted.until_ms, **more}
    table.update(
        KEY,
        UpdateExpression=expression,
        ConditionExpression=condition,
        ExpressionAttributeNames={"#slot": wanted.name},
        ExpressionAttributeValues={f":{name}": number(value) for name, value in values.items()},
    )
