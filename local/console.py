"""The lines that `make local` prints. Called by everything that has something to say; calls nothing of local."""

import contextlib
import threading

_lock = threading.Lock()


def say(line: str) -> None:
    """Prints one line at once. Whoever reads may leave: what runs goes on without a reader."""
    with _lock, contextlib.suppress(BrokenPipeError, ValueError):
        print(line, flush=True)
