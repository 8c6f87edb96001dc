"""What steps of these tests touch besides `pd`: a count of their calls, and somebody outside who is quick to answer."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier
from typing import Any

from tests.waiting import LIMIT_S

calls: Counter[str] = Counter()
"""How often each step's code ran, by run and step."""

open_link: Callable[[str], Any] = print
"""Opens a link as somebody would who got it by mail."""

both = Barrier(2, timeout=LIMIT_S)
"""Holds a step until a second call of it is as far."""


during: Callable[[str], Any] = bool
"""Called with the run's id while a step's code runs."""


def count(pd: Any, step: str) -> int:
    """Notes a call of a step's code, and returns which call of this run it is."""
    name = f"{pd.context['trace_id']} {step}"
    calls[name] += 1
    during(pd.context["trace_id"])
    return calls[name]
