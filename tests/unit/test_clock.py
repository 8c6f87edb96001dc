"""The one clock."""

import pytest

from interlude import clock


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_363_200_007, "2026-11-22T16:00:00.007Z"),
        (1_795_363_200_999, "2026-11-22T16:00:00.999Z"),
        (4_102_444_799_000, "2099-12-31T23:59:59.000Z"),
    ],
)
def test_times_are_written_as_step_functions_writes_them(ms: int, text: str):
    """ISO 8601 in UTC with milliseconds, so that texts sort by time."""
    assert clock.iso(ms) == text


def test_now_is_in_milliseconds():
    """Since the epoch, as the last argument of iso."""
    assert clock.iso(clock.now_ms()) > "2026"


def test_a_measured_time_does_not_run_backwards():
    """It is monotonic, in milliseconds."""
    began = clock.elapsed_ms()

    assert 0 <= clock.elapsed_ms(began) < 10_000
