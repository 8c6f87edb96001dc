"""Whether the code of a folder has changed. Called by pools. Calls nothing of local."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path


class Code:
    """The Python files of a folder, as they are on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state: set[tuple[str, int, int]] = set()
        self._looked = float("-inf")
        self._version = 0

    def version(self, since: float) -> int:
        """Grows when a file is changed, added or removed. It has all that was saved before `since`, a monotonic time.

        So an invocation sees what was saved before it came, and a hundred that wait take one look.
        """
        if self._looked < since:
            self._looked = time.monotonic()
            state = set(_files(str(self._folder)))
            if state != self._state:
                self._state = state
                self._version += 1
        return self._version


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    # An editor may have moved away meanwhile what was there.
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                with contextlib.suppress(FileNotFoundError):
                    stat = entry.stat()
                    yield entry.path, stat.st_mtime_ns, stat.st_size
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _files(entry.path)
