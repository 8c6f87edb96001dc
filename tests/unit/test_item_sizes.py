"""The largest items that there can be, as DynamoDB counts them: names and values in UTF-8 up to 400 KB."""

from typing import Any

import pytest

from interlude.aws import records
from interlude.models import Cursor, Pause, Step, StepError, Stored
from interlude.pd import usercode
from interlude.run import payloads

ITEM_BYTES = 409_600

ID = "w" * 50 + "-01a2056fcad8-b2e5ee75fd9b7bd9"
CURSOR = Cursor(99, 10**7, 10**8, "continue", "", 10**8, "99.10000000r", 10**9, "9" * 10, 10**6, 8, "f" * 64)
PAUSE = Pause("99.1", "rerun", "2026-11-22T22:45:44.251Z", "2027-11-22T22:45:44.251Z", True, "resume", "98.10000000")


def size(value: dict[str, Any]) -> int:
    """Bytes of an attribute's value."""
    ((kind, inner),) = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name) + size(each) for name, each in inner.items())
    return len(inner.encode()) if kind == "S" else len(inner) // 2 + 2


def item_size(item: dict[str, Any]) -> int:
    return sum(len(name) + size(value) for name, value in item.items())


def largest(character: str) -> Stored:
    """As much of a character as stays in the item."""
    room = payloads.INLINE_BYTES - 2
    text = payloads.dump(character * (room // len(payloads.to_text(character)[1:-1].encode())), "x")
    stored = payloads.put("run", text)
    assert stored.text
    assert payloads.INLINE_BYTES - 6 < len(stored.text.encode()) <= payloads.INLINE_BYTES
    return stored


@pytest.mark.parametrize("character", ["x", "é", "日", "😀", '"', "\\", "\n", "\x01", "\x7f"], ids=ascii)
def test_a_step_with_all_that_it_may_hold_fits_into_an_item(as_step: object, character: str):
    """Three values of 64,000 bytes, and an error whose every character is written in the longest way."""
    value = largest(character)
    error = StepError(*(character * length for length in error_lengths()))
    step = Step(
        index=99, name="n" * 60, status="failed", runs=10**7, turn=10**8, answer=CURSOR, started_at=PAUSE.since,
        ended_at=PAUSE.since, compute_ms=10**12, segment_ms=10**12, exports=value, context=value, next_context=value,
        pause=PAUSE, error=error, failed_at=CURSOR,
    )  # fmt: skip

    item = records.step_item(ID, step, 1_832_543_144)

    assert 3 * 63_990 < item_size(item) < ITEM_BYTES


def error_lengths() -> tuple[int, int, int]:
    """Of the longest type, message and traceback, as they are cut."""
    kind = type("E" * 1_000, (Exception,), {})
    told = usercode.described(kind("m" * 1_000_000))
    assert len(told.message) < 8_100
    return len(told.type), len(told.message), usercode.TRACEBACK_LENGTH + 100


def test_a_value_of_one_byte_more_is_no_part_of_its_item(monkeypatch: pytest.MonkeyPatch):
    """It goes to the bucket, and the item keeps where."""
    put: list[bytes] = []
    monkeypatch.setattr(payloads.bucket, "put", lambda key, body, kind: put.append(body))

    inside, outside = (payloads.put("run", payloads.dump("é" * 31_998 + "x" * more, "x")) for more in (2, 3))

    assert len(inside.text.encode()) == 64_000
    assert (outside.text, outside.size, len(put[0])) == ("", 64_001, 64_001)
