"""What a turn does when DynamoDB or S3 does not take a request, although the SDK has repeated it.

Before the step's code has run, the turn leaves the function at once, and the state Run step calls again. Once the code
has run, to leave means that it runs again. So the turn tries to store the result for as long as the function has time.
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
"""What the function needs to leave on its own, before Lambda ends it: Run step does not repeat a function that died."""
FIRST_PAUSE_MS = 500
LONGEST_PAUSE_MS = 5_000


@contextmanager
def reported() -> Iterator[None]:
    """Inside, an error of the store that passes by becomes InterludeStoreUnavailable."""
    try:
        yield
    except Exception as error:
        if not is_busy(error):
            raise
        raise InterludeStoreUnavailable(_problem(error)) from error


def outlasted(store: Callable[[], T], time_left_ms: Milliseconds) -> T:
    """What `store` returns, which may be called many times. Raises its last error when the function's time is short."""
    slowest_ms = 0.0
    for attempt in count():
        started_ms = clock.elapsed_ms()
        try:
            return store()
        except Exception as error:
            if not is_busy(error):
                raise
            slowest_ms = max(slowest_ms, clock.elapsed_ms(started_ms))
            pause_ms = min(FIRST_PAUSE_MS * 2**attempt, LONGEST_PAUSE_MS)
            # One more attempt may take as long as the slowest one: the SDK waits 10 s for an answer, four times.
            if time_left_ms() < pause_ms + slowest_ms + MARGIN_MS:
                logs.write(f"The step's result can't be stored ({_problem(error)}): its code will run again.", "ERROR")
                raise
            logs.write(f"The step's result can't be stored yet ({_problem(error)}).", "WARNING")
        time.sleep(pause_ms / 1000 * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
    raise AssertionError  # count() does not end


def _problem(error: BaseException) -> str:
    """The operation and AWS's code, or the exception's own name: nothing of what was sent."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response.get('Error', {}).get('Code', 'no code')}"
    return type(error).__name__
