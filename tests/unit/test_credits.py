"""Credits: one for each started 30 s at 256 MB."""

import pytest

from interlude.settings import settings
from interlude.turns.ending import credits_of, weighted_ms


@pytest.mark.parametrize(
    ("segment_ms", "credits"), [(0, 1), (1, 1), (30_000, 1), (30_001, 2), (60_000, 2), (60_001, 3), (900_000, 30)]
)
def test_a_segment_costs_one_for_each_started_thirty_seconds(segment_ms: int, credits: int):  # noqa: A002  # the word for it
    """And one at least."""
    assert credits_of(segment_ms) == credits


@pytest.mark.usefixtures("as_step")
@pytest.mark.parametrize(("memory", "weighted"), [(256, 1001), (512, 2002), (128, 501), (10_240, 40_040)])
def test_compute_counts_by_memory(monkeypatch: pytest.MonkeyPatch, memory: int, weighted: int):
    """Twice the memory is twice the compute; what is started counts."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(memory))
    settings.cache_clear()

    assert weighted_ms(1001) == weighted
