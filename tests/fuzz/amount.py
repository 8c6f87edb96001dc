"""How many inputs a fuzz test makes up: as few as it says and always the same, or FUZZ_INPUTS and others each time."""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))


def inputs(few: int, most: int | None = None) -> Any:
    """A decorator beside `given`. `most` is for a test whose inputs are a whole run each: too slow to be shrunk."""
    return settings(
        max_examples=min(ASKED, most or ASKED) or few,
        derandomize=not ASKED,
        database=None,
        # The machine may be busy. What must end in time is asked with a deadline of its own.
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=set(Phase) - ({Phase.shrink, Phase.explain} if most else set()),
    )
