"""Credits: one for each started 30 s at 256 MB, a fresh one after each pause, none for the pause itself."""

from datetime import timedelta
from math import ceil

import pytest

from .client import Interlude, Run, lasted


def test_a_run_without_a_pause_costs_one_credit(interlude: Interlude) -> None:
    """All steps of one segment share a credit."""
    run = interlude.start("counter", {"delay_ms": 0, "max_retries": 0}).until("succeeded")

    assert run["credits"] == 1
    assert 0 < run["compute_ms"] < 30_000


def test_an_approval_that_was_resumed_costs_two_credits(approval: Run) -> None:
    """The reawakening starts a fresh credit."""
    assert approval.get()["credits"] == 1

    approval.resume()

    assert approval.until("succeeded")["credits"] == 2


def test_an_approval_that_was_cancelled_costs_one_credit(approval: Run) -> None:
    """Nothing ran after the pause."""
    approval.cancel()

    assert approval.until("cancelled")["credits"] == 1


def test_a_counter_with_two_retries_costs_three_credits(interlude: Interlude) -> None:
    """Each rerun starts a fresh credit; the step after the last one is in the same segment."""
    run = interlude.start("counter", {"delay_ms": 0, "max_retries": 2}).until("succeeded")

    assert run["credits"] == 3


def test_waiting_costs_no_compute(interlude: Interlude) -> None:
    """A second of waiting is no compute time."""
    run = interlude.start("approval", {"document": "The plan", "timeout_ms": 1000}).until("succeeded")

    assert run["credits"] == 2
    assert run["compute_ms"] <= lasted(run) / timedelta(milliseconds=1) - 1000


@pytest.mark.proof
def test_credits_count_memory(other_stack: Interlude) -> None:
    """With 10 GB, forty times 256 MB, a credit lasts for three quarters of a second."""
    short = other_stack.start("pausing", {"scene": "go_on"})
    long = other_stack.start("pausing", {"scene": "work_for", "ms": 800})

    ended = [run.until("succeeded") for run in (short, long)]
    assert [run["credits"] for run in ended] == [ceil(run["compute_ms"] / 750) for run in ended]
    assert ended[1]["credits"] >= 2
