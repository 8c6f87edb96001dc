"""Keeps a step's code from leaving things behind in its process, which other runs use next. Called by `usercode`.

Environment variables that a run sets end with the run, and a child that it forks ends where the step's code does.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from interlude import logs

TRACE = "_X_AMZN_TRACE_ID"
"""Lambda's runtime sets it before each invocation."""

_own: dict[str, str] | None = None
"""The variables between runs, where the process is one of a function's: those of the function, and what the step's
module has set when it was imported."""


def begin() -> None:
    """Has the variables be those of now between runs."""
    global _own  # noqa: PLW0603  # of the process, as its environment is
    _own = _variables()


def keep() -> None:
    """The step's module has been imported: what it has set stays."""
    if _own is not None:
        begin()


@contextmanager
def own_environment() -> Iterator[None]:
    """Undoes what is done to the environment variables within, and what threads have done since the last time."""
    before = _variables() if _own is None else _own
    _restore(before)
    try:
        yield
    finally:
        _restore(before if _own is None else _own)


@contextmanager
def own_process() -> Iterator[None]:
    """Ends the process where another one comes back than went in: a child that the step's code has forked.

    It would store what the step did once more, answer Lambda for its parent, and take its next invocation.
    """
    pid = os.getpid()
    try:
        yield
    except BaseException as error:
        if os.getpid() != pid:
            _end_child(error)
        raise
    finally:
        # Also where the code within returns.
        if os.getpid() != pid:
            _end_child(None)


def _variables() -> dict[str, str]:
    # A thread may take one away meanwhile, which a copy would not survive.
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
    """As Python ends a process of its own: by what it raised, which the log says."""
    code = 0 if error is None else 1
    with suppress(BaseException):
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif error is not None:
            import traceback

            logs.write("".join(traceback.format_exception(error)), "ERROR", errorType=type(error).__name__)
        logs.flush()
    os._exit(code & 0xFF)
