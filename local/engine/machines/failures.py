"""What ends a state other than its result, and which Retry or Catch takes it. Calls nothing of local."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"


class Unsupported(Exception):
    """A definition has something that the engine does not run."""


class PathFailure(LookupError):
    """A path leads nowhere in the data that it was applied to. Its text says which, and what is missing."""


class StateFailure(Exception):
    """A state ends with an error, which has a name and a cause."""

    def __init__(self, error: str, cause: str) -> None:
        self.error, self.cause = error, cause
        super().__init__(f"{error}: {cause}")


def takes(names: Collection[str], error: str) -> bool:
    """Whether an ErrorEquals takes an error."""
    if error == RUNTIME:
        # AWS: it always ends the execution.
        return False
    if error in names:
        return True
    if error == DATA_LIMIT_EXCEEDED:
        return False
    if "States.ALL" in names:
        return True
    if error == HEARTBEAT_TIMEOUT:
        return TIMEOUT in names
    return TASK_FAILED in names and error != TIMEOUT


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of a Retry, with AWS's values for what it leaves out."""

    errors: frozenset[str]
    interval_s: float
    max_attempts: int
    backoff_rate: float
    max_delay_s: float | None
    full_jitter: bool

    @classmethod
    def compiled(cls, entry: dict[str, Any]) -> "Retrier":
        return cls(
            errors=frozenset(entry["ErrorEquals"]),
            interval_s=entry.get("IntervalSeconds", 1),
            max_attempts=entry.get("MaxAttempts", 3),
            backoff_rate=entry.get("BackoffRate", 2),
            max_delay_s=entry.get("MaxDelaySeconds"),
            full_jitter=entry.get("JitterStrategy", "NONE") == "FULL",
        )

    def delay_ms(self, attempts: int, chance: float) -> int:
        """How long to wait after so many attempts that this entry has made. `chance` is from 0 to 1."""
        try:
            delay_s = self.interval_s * self.backoff_rate**attempts
        except OverflowError:
            delay_s = float("inf")
        # A year is as long as an execution may take.
        delay_s = min(delay_s, self.max_delay_s or 31_536_000)
        return round(1000 * delay_s * (chance if self.full_jitter else 1))


def retrier_of(retriers: Sequence[Retrier], error: str) -> int | None:
    """The number of the first entry that takes an error, also of one that has no attempts left."""
    return next((number for number, retrier in enumerate(retriers) if takes(retrier.errors, error)), None)
