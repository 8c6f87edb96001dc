"""The one clock. All code gets the time here, because tests set it."""

import time
from datetime import UTC, datetime

DAY_S = 86_400


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def elapsed_ms(since: float | None = None) -> float:
    """A monotonic reading in ms, or the time since an earlier reading."""
    reading = time.monotonic() * 1000
    if since is None:
        return reading
    return reading - since


def from_iso(text: str) -> int:
    """Milliseconds since the epoch, from a time as `iso` writes it."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def iso(ms: int) -> str:
    """ISO 8601 in UTC with milliseconds, as Step Functions writes it: 2026-11-22T16:14:00.123Z."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
