"""How tests wait: for the event itself, as long as it takes on a busy machine.

The limit only ends a test that would wait for ever. After one such wait the other tests of the process get less, so
that a suite on broken code comes to its end.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

LIMIT_S = 600
AFTER_ONE_IN_VAIN_S = 30
FIRST_INTERVAL_S, LAST_INTERVAL_S = 0.005, 0.1
"""A look costs what is looked at some of its time: the longer it takes, the less often."""

T = TypeVar("T")

_in_vain: list[str] = []


def eventually(look: Callable[[], T], wanted: Callable[[T], Any], what: str) -> T:
    """The first thing seen that is wanted. Fails with the last thing seen when the limit is reached."""
    limit_s = AFTER_ONE_IN_VAIN_S if _in_vain else LIMIT_S
    end, interval_s = time.monotonic() + limit_s, FIRST_INTERVAL_S
    while not wanted(seen := look()):
        if time.monotonic() > end:
            _in_vain.append(what)
            raise AssertionError(f"{what} did not happen within {limit_s} s. Seen last: {seen!r}"[:4000])
        time.sleep(interval_s)
        interval_s = min(interval_s * 1.2, LAST_INTERVAL_S)
    return seen


def until(claim: Callable[[], Any], what: str = "What the test waits for") -> None:
    """Comes back as soon as the claim holds."""
    eventually(claim, bool, what)


def is_running(pid: int) -> bool:
    """Whether the process is there and is no zombie."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # gone before, or while it is read
        return False
