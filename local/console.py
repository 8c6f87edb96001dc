"""The lines that `make local` prints. Called by everything that has something to say. Calls log_lines."""

import contextlib
import re
import threading
from collections.abc import Iterator

from local import log_lines

_SLOW_S = 1.0

_lock = threading.Lock()

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What moves the cursor of a terminal or commands it, and lone surrogates, which can't be printed."""


_as_json = False


def print_json() -> None:
    """From now on each line is a JSON object, for programs that read them."""
    global _as_json  # noqa: PLW0603  # all modules print to the one console
    _as_json = True


def say(line: str) -> None:
    """Prints one line at once, with ? for control characters. Whoever reads may leave: what runs goes on."""
    text = _CONTROL.sub("?", line)
    if _as_json and not log_lines.is_object(text):
        text = log_lines.as_json(text)
    with _lock, contextlib.suppress(BrokenPipeError, ValueError):
        print(text, flush=True)


@contextlib.contextmanager
def says_if_slow(line: str) -> Iterator[None]:
    """Prints what is being done in the block, once it has taken a second."""
    timer = threading.Timer(_SLOW_S, say, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
