"""How much is measured: FULL is what docs/performance.md is made of, SMALL tries each part in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    cold_starts: int
    """Process starts of each handler."""
    warm_steps: int
    latencies: int
    """Repetitions of callback to next step, and of start to third step, for each system."""
    idle_s: float
    """How long the CPU of a system that has nothing to do is taken."""
    bursts: tuple[int, ...]
    """Runs started at once."""
    burst_warm_up: int
    burst_repetitions: int
    burst_budget_s: float
    """A burst that would take longer, by the one before, is left out; one that did is not repeated."""
    waits: tuple[int, ...]
    """Runs that wait at once. The last is also how many runs are in the table afterwards."""
    waits_budget_s: float
    """The next number of waits is left out where it would take longer than this."""
    cost_batches: int
    cost_runs: int
    """Three-step runs in each batch that server CPU is taken of."""
    steps: tuple[int, ...]
    export_bytes: tuple[int, ...]
    reruns: tuple[int, ...]
    rerun_budget_s: float
    rows: tuple[int, ...]
    """Finished runs in the table."""
    poll_reruns: int


FULL = Sizes(
    cold_starts=25,
    warm_steps=150,
    latencies=20,
    idle_s=5,
    bursts=(100, 1_000),
    burst_warm_up=10,
    burst_repetitions=3,
    burst_budget_s=40,
    waits=(1_000, 10_000),
    waits_budget_s=900,
    cost_batches=5,
    cost_runs=40,
    steps=(1, 10, 50, 100, 200),
    export_bytes=(1_000, 10_000, 60_000, 100_000, 1_000_000, 5_000_000),
    reruns=(1, 10, 100, 1_000, 10_000),
    rerun_budget_s=90,
    rows=(0, 100, 1_000, 10_000),
    poll_reruns=10,
)

SMALL = Sizes(
    cold_starts=3,
    warm_steps=10,
    latencies=3,
    idle_s=1,
    bursts=(5, 10),
    burst_warm_up=2,
    burst_repetitions=1,
    burst_budget_s=20,
    waits=(5, 20),
    waits_budget_s=60,
    cost_batches=2,
    cost_runs=5,
    steps=(1, 3, 5),
    export_bytes=(1_000, 100_000),
    reruns=(1, 10, 20),
    rerun_budget_s=20,
    rows=(0, 50),
    poll_reruns=2,
)
