"""Undoes what a step's code does to its process, which serves other runs next.

Environment variables that a run sets are reset after the run, and a child process that it forks ends with the step's
code.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from interlude import logs

TRACE = "_X_AMZN_TRACE_ID"
"""Lambda's runtime sets it before each invocation."""

_own: dict[str, str] | None = None
"""The variables between runs, in the process of a function: those of the function, and those that the step's module set
when it was imported."""


def begin() -> None:
    """Makes the current variables those between runs."""
    global _own  # noqa: PLW0603  # one per process, like its environment
    _own = _variables()


def keep() -> None:
    """Keeps the variables that the step's module set when it was imported."""
    if _own is not None:
        begin()


@contextmanager
def own_environment() -> Iterator[None]:
    """Undoes changes to the environment variables within the block, and changes by threads since the last block."""
    before = _variables() if _own is None else _own
    _restore(before)
    try:
        yield
    finally:
        # `keep` may have changed _own within the block.
        _restore(before if _own is None else _own)


@contextmanager
def own_process() -> Iterator[None]:
    """Ends a child process that the step's code has forked, where it leaves the block.

    Otherwise the child would store the step again, respond to Lambda in its parent's place, and take the next
    invocation.
    """
    pid = os.getpid()
    try:
        yield
    except BaseException as error:
        if os.getpid() != pid:
            _end_child(error)
        raise
    finally:
        # Also if the code within returns.
        if os.getpid() != pid:
            _end_child(None)


def _variables() -> dict[str, str]:
    # A thread may remove a variable in the meantime, and a plain copy would raise.
    found = {name: os.environ.get(name) for name in list(os.environ)}
    return {name: value for name, value in found.items() if value is not None and name != TRACE}


def _restore(variables: dict[str, str]) -> None:
    now = _variables()
    for name in now.keys() - variables.keys():
        os.environ.pop(name, None)
    for name, value in variables.items() - now.items():
        os.environ[name] = value
    if now.get("TZ") != variables.get("TZ"):
        time.tzset()


def _end_child(error: BaseException | None) -> None:
    """Ends the process as Python would: logs the error, and exits with its code."""
    code = int(error is not None)
    with suppress(BaseException):
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif error is not None:
            import traceback

            logs.write("".join(traceback.format_exception(error)), "ERROR", errorType=type(error).__name__)
        logs.flush()
    os._exit(code & 0xFF)
