"""Files in /tmp follow the run: what a step writes there is there for the run's next steps, and for no other run.

Called by `turn` and `trial` around a step's code, and by `step` before it is loaded. Lambda keeps the folder for
whatever runs next in the same environment, so what other runs and failed attempts have left is removed first.

The folder has three kinds of content. What was there before the step's module is `own` to the environment: caches of
Lambda's extensions, mounts; nobody touches it. What the module wrote when it was imported stays, too, unless a run has
changed it. All the rest is the run's.
"""

import json
import os
import stat
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from pathlib import Path

from interlude.errors import CannotBring, TooLarge
from interlude.pd import usercode
from interlude.settings import settings
from interlude.tmp import archive
from interlude.tmp.folder import Listing, Mark, can_be_kept, is_folder, listing, make_folders, opened, remove, size

MAX_BYTES = 512 * 1024 * 1024
"""Of a run's files together: as much as Lambda's /tmp holds unless told otherwise."""

# Tells what is the environment's own to the next process in it, when this one has died.
MARKER = ".interlude"

TRIES = 3


def begin() -> None:
    """Notes what is there before the step's module, and removes what a process that died has left."""
    if folder := settings().tmp_folder:
        _environment(folder)


def bring(run_id: str, name: str) -> None:
    """Makes the folder hold the run's snapshot of this name, "" for nothing. Raises CannotBring."""
    if folder := settings().tmp_folder:
        _environment(folder).bring(run_id, name)


def keep(run_id: str, name: str) -> str:
    """The name of a snapshot of the folder: the one that was brought, where nothing has changed. Raises TooLarge."""
    folder = settings().tmp_folder
    return _environment(folder).keep(run_id) if folder else name


class _Environment:
    """The folder of this process, and what is known about it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._own = self._find_own()
        self._leave_marker()
        self._of_module: Listing | None = None
        """Taken before the first run."""
        self._holds = ("", "")
        """The run and the snapshot that the folder held when it looked like `_then`."""
        self._then: Listing = {}

    def bring(self, run_id: str, name: str) -> None:
        if self._of_module is None:
            self._load_module()
        self._leave_marker()
        _come_out(self._folder)
        now = self._look()
        if self._holds == (run_id, name) and now == self._then:
            return
        self._holds = ("", "")
        self._clear(now)
        if name:
            with opened(self._folder, self._look()):
                archive.fetch(key(run_id, name), self._folder, self._own)
        self._holds, self._then = (run_id, name), self._look()

    def keep(self, run_id: str) -> str:
        now = self._look()
        holds, snapshot = self._holds
        # Another one than was brought where this is called again, because the step could not be stored.
        if holds == run_id and now == self._then:
            return snapshot
        of_run = sorted(path for path, mark in self._of_run(now).items() if can_be_kept(mark))
        if not of_run:
            return ""
        total = size(now[path] for path in of_run)
        if total > MAX_BYTES:
            raise TooLarge(
                f"The files in {self._folder} have {total} bytes together; "
                f"at most {MAX_BYTES} (512 MB) can go on with a run."
            )
        # By chance, not by content: two calls of one invocation must not write the same object.
        kept = os.urandom(8).hex()
        with opened(self._folder, now):
            archive.send(key(run_id, kept), self._folder, {path: stat.S_IMODE(now[path][0]) for path in of_run})
        self._holds, self._then = (run_id, kept), now
        return kept

    def _look(self) -> Listing:
        of_module = self._of_module or {}
        now = listing(self._folder, self._own)
        return {path: _untimed(mark) if path in of_module else mark for path, mark in now.items()}

    def _of_run(self, now: Listing) -> Listing:
        before = self._of_module or {}
        return {path: mark for path, mark in now.items() if before.get(path) != mark}

    def _clear(self, now: Listing) -> None:
        """Removes what is of runs. What they have changed or removed of the module's own is made again."""
        before = self._of_module or {}
        for _ in range(TRIES):
            foreign = self._of_run(now)
            if not foreign:
                break
            shared = [path for path in foreign if path in before and is_folder(before[path]) and is_folder(now[path])]
            self._remove(foreign.keys() - shared, now)
            make_folders(self._folder, shared, before)
            now = self._look()
        else:
            raise CannotBring(f"{self._folder} holds {min(foreign)!r} of another run, which comes back when removed.")
        gone = [path for path in before if path not in now]
        make_folders(self._folder, [path for path in gone if is_folder(before[path])], before)
        if not all(is_folder(before[path]) for path in gone):
            usercode.load.cache_clear()
            self._load_module()

    def _remove(self, paths: Collection[str], now: Listing) -> None:
        try:
            with opened(self._folder, now):
                remove(self._folder, paths, now)
        except OSError as error:
            told = f"{error.filename!r} of another run, which can't be removed: {error.strerror}"
            raise CannotBring(f"{self._folder} holds {told}.") from None

    def _load_module(self) -> None:
        """Has the step's module write its files, unless it has been imported already."""
        with suppress(BaseException):  # told when the step is called
            usercode.ready(settings().step)
        self._of_module = {path: _untimed(mark) for path, mark in listing(self._folder, self._own).items()}

    def _find_own(self) -> frozenset[str]:
        """Names at the top that were there before any code of the step. The rest is of a process that died."""
        try:
            own = frozenset(json.loads(Path(self._folder, MARKER).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return frozenset((*(each.name for each in Path(self._folder).iterdir()), MARKER))
        left = listing(self._folder, own)
        self._remove(left, left)
        return own

    def _leave_marker(self) -> None:
        marker = Path(self._folder, MARKER)
        if settings().tmp_outlives and not marker.exists():
            marker.write_text(json.dumps(sorted(self._own)), encoding="utf-8")


def _untimed(mark: Mark) -> Mark:
    """A mark that does not change when a run writes into a folder of the module's, such as a cache."""
    return mark[:1] if is_folder(mark) else mark


def _come_out(folder: str) -> None:
    """Leaves the folder, if another run has gone into it: what one stands in can't be removed and used again."""
    try:
        here = os.getcwd()  # noqa: PTH109  # Path.cwd() is the same
    except FileNotFoundError:
        here = folder
    if f"{here}/".startswith(f"{folder}/"):
        os.chdir(settings().task_root)


def key(run_id: str, name: str) -> str:
    """Where a snapshot of this name lies in the bucket."""
    return f"runs/{run_id}/tmp/{name}"  # noqa: S108  # of the bucket, not of this machine


@cache
def _environment(folder: str) -> _Environment:
    return _Environment(folder)
