"""How many inputs a fuzz test makes up: as few as it says, or FUZZ_INPUTS. Always the same, unless FUZZ_ANEW is set."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))
MARKS = [pytest.mark.proof] if ASKED else []
"""Of the tests whose amount it is."""


def inputs(few: int, most: int | None = None) -> Any:
    """A decorator beside `given`. `most` is for a test whose inputs are a whole run each: too slow to be shrunk."""
    return settings(
        max_examples=min(ASKED, most or ASKED) or few,
        derandomize="FUZZ_ANEW" not in os.environ,
        database=None,
        # The machine may be busy. What must end in time is asked with a deadline of its own.
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=set(Phase) - ({Phase.shrink, Phase.explain} if most else set()),
    )
