"""Limits how many callers of hooks may wait at the same time, across all environments of the API's function.

    CALLERS   WAITING   slot_0, slot_1, …: until when each is taken, in ms since the epoch

A caller that waits blocks an environment, and the links and steps that would end its wait need environments too. One
conditional write takes a slot, another returns it. After LEASE_MS the slot of an environment that died is free again.
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
"""The API's function times out after 29 s."""

ATTEMPTS = 8
"""After the first, an attempt fails only if another caller has just taken the same slot."""

KEY = {"pk": text("CALLERS"), "sk": text("WAITING")}


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    until_ms: int


@contextmanager
def slot() -> Iterator[bool]:
    """Yields whether the caller may wait, and keeps its slot until the block ends."""
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
        wanted = _Slot(random.choice(free), now_ms + LEASE_MS)  # noqa: S311  # not a secret
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
        # If this caller took longer than its lease, another one may have the slot by now.
        _write(taken, "REMOVE #slot", "#slot = :until")
    except Lost:
        pass
    except Exception as error:  # noqa: BLE001  # the caller must still get its response, and the lease ends anyway
        logs.write(f"could not free {taken.name}: {type(error).__name__}: {error}", "WARNING")


def _write(wanted: _Slot, expression: str, condition: str, **more: int) -> None:
    values = {"until": wanted.until_ms, **more}
    table.update(
        KEY,
        UpdateExpression=expression,
        ConditionExpression=condition,
        ExpressionAttributeNames={"#slot": wanted.name},
        ExpressionAttributeValues={f":{name}": number(value) for name, value in values.items()},
    )
