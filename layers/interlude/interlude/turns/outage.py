"""What a turn does when DynamoDB or S3 refuses a request even after the SDK's own retries.

Before the step's code has run, the turn fails at once, and the state Run step calls again. Once the code has run, a
failure would make it run again. So the turn tries to store the result for as long as the function has time. Requests
that the code itself makes through `pd` are tried again, too, because that does not repeat the code.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TypeVar

from botocore.exceptions import ClientError

from interlude import clock, logs
from interlude.aws.busy import is_busy
from interlude.errors import InterludeStoreUnavailable

T = TypeVar("T")
Milliseconds = Callable[[], float]

MARGIN_MS = 5_000
"""The time in which the function must fail by its own error before it times out: Run step does not retry a timeout."""
FIRST_PAUSE_MS = 500
LONGEST_PAUSE_MS = 5_000


@contextmanager
def reported() -> Iterator[None]:
    """Within the block, a temporary error of the store becomes InterludeStoreUnavailable."""
    try:
        yield
    except Exception as error:
        if not is_busy(error):
            raise
        raise InterludeStoreUnavailable(_problem(error)) from error


def outlasted(request: Callable[[], T], time_left_ms: Milliseconds, problem: str, outcome: str) -> T:
    """The result of `request`, which may be called many times. Raises its last error when time runs short.

    Each error is logged with `problem`, the last one also with `outcome`.
    """
    slowest_ms = 0.0
    for attempt in count():
        started_ms = clock.elapsed_ms()
        try:
            return request()
        except Exception as error:
            if not is_busy(error):
                raise
            slowest_ms = max(slowest_ms, clock.elapsed_ms(started_ms))
            pause_ms = min(FIRST_PAUSE_MS * 2**attempt, LONGEST_PAUSE_MS)
            # One more attempt may take as long as the slowest one: the SDK waits 10 s for an answer, four times.
            if time_left_ms() < pause_ms + slowest_ms + MARGIN_MS:
                logs.write(f"{problem} ({_problem(error)}): {outcome}.", "ERROR")
                raise
            logs.write(f"{problem} yet ({_problem(error)}).", "WARNING")
        time.sleep(pause_ms / 1000 * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
    raise AssertionError  # count() does not end


def stored(request: Callable[[], T], time_left_ms: Milliseconds) -> T:
    """For the end of a step whose code has run. See `outlasted`."""
    return outlasted(request, time_left_ms, "The step's result can't be stored", "its code will run again")


def within_the_code(request: Callable[[], T], time_left_ms: Milliseconds, problem: str) -> T:
    """For a request that the step's code waits for: it gets half of the function's remaining time. See `outlasted`."""
    kept_ms = time_left_ms() / 2
    return outlasted(request, lambda: time_left_ms() - kept_ms, problem, "the step's code gets the error")


def _problem(error: BaseException) -> str:
    """The operation and AWS's code, or the name of the exception: no part of the request."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response.get('Error', {}).get('Code', 'no code')}"
    return type(error).__name__
