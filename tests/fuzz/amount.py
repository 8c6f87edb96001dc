"""How many inputs a fuzz test makes up: as few as it says, the same in every run; or FUZZ_INPUTS, new ones each time."""

import os
from typing import Any

from hypothesis import HealthCheck, settings

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))


def inputs(few: int) -> Any:
    """A decorator beside `given`."""
    return settings(
        max_examples=ASKED or few,
        derandomize=not ASKED,
        database=None,
        # The machine may be busy. What must end in time is asked with a deadline of its own.
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
