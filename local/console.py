"""The lines that `make local` prints. Called by everything that has something to say; calls nothing of local."""

import contextlib
import re
import threading

_lock = threading.Lock()

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What moves the cursor of a terminal or commands it, and lone surrogates, which can't be printed."""


def say(line: str) -> None:
    """Prints one line at once, with ? for control characters. Whoever reads may leave: what runs goes on."""
    with _lock, contextlib.suppress(BrokenPipeError, ValueError):
        print(_CONTROL.sub("?", line), flush=True)
