"""Files in /tmp follow the run: the run's next steps find the files that a step wrote, and no other run does.

Lambda keeps the folder for the next run in the same environment, so files of other runs and of failed attempts are
removed first.

The folder has three kinds of content. Files from before the step's module are the environment's `own`, such as caches
of Lambda's extensions and mounts; they are never touched. Files that the module wrote when it was imported stay, too,
unless a run has changed them. All other files belong to the run.
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
"""Maximum of all files of a run: the default size of Lambda's /tmp."""

# Lists the environment's own files for the next process, in case this one dies.
MARKER = ".interlude"

TRIES = 3


def begin() -> None:
    """Notes the files from before the step's module, and removes those of a process that died."""
    if folder := settings().tmp_folder:
        _environment(folder)


def bring(run_id: str, name: str) -> None:
    """Fills the folder from the run's snapshot of this name, "" for none. Raises CannotBring."""
    if folder := settings().tmp_folder:
        _environment(folder).bring(run_id, name)


def keep(run_id: str, name: str) -> str:
    """Stores a snapshot of the folder unless nothing has changed. Returns the snapshot's name. Raises TooLarge."""
    folder = settings().tmp_folder
    if not folder:
        return name
    return _environment(folder).keep(run_id)


class _Environment:
    """The folder of this process, and what this process knows about it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._own = self._find_own()
        self._leave_marker()
        self._of_module: Listing | None = None
        """Taken before the first run."""
        self._holds = ("", "")
        """The run and the snapshot whose files the folder held when it was listed as `_then`."""
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
        self._holds = (run_id, name)
        self._then = self._look()

    def keep(self, run_id: str) -> str:
        now = self._look()
        holds, snapshot = self._holds
        # Not always the one that was brought: this is called again when the step could not be stored.
        if holds == run_id and now == self._then:
            return snapshot
        of_run = sorted(path for path, mark in self._of_run(now).items() if can_be_kept(mark))
        if not of_run:
            return ""
        total = size(now[path] for path in of_run)
        if total > MAX_BYTES:
            raise TooLarge(
                f"The files in {self._folder} have {total} bytes in total; "
                f"at most {MAX_BYTES} (512 MB) can follow a run."
            )
        # Random, not derived from the content: two calls for one turn must not write the same object.
        kept = os.urandom(8).hex()
        with opened(self._folder, now):
            archive.send(key(run_id, kept), self._folder, {path: stat.S_IMODE(now[path][0]) for path in of_run})
        self._holds = (run_id, kept)
        self._then = now
        return kept

    def _look(self) -> Listing:
        of_module = self._of_module or {}
        now = listing(self._folder, self._own)
        return {path: _untimed(mark) if path in of_module else mark for path, mark in now.items()}

    def _of_run(self, now: Listing) -> Listing:
        before = self._of_module or {}
        return {path: mark for path, mark in now.items() if before.get(path) != mark}

    def _clear(self, now: Listing) -> None:
        """Removes the files of runs, and restores those of the module that runs have changed or removed."""
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
            raise CannotBring(
                f"{self._folder} has {min(foreign)!r} of another run, which reappears when it is removed."
            )
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
            problem = f"{error.filename!r} of another run, which can't be removed: {error.strerror}"
            raise CannotBring(f"{self._folder} has {problem}.") from None

    def _load_module(self) -> None:
        """Imports the step's module, which writes its files, unless it has been imported already."""
        with suppress(BaseException):  # raised again when the step is called
            usercode.ready(settings().step)
        self._of_module = {path: _untimed(mark) for path, mark in listing(self._folder, self._own).items()}

    def _find_own(self) -> frozenset[str]:
        """Names at the top from before any code of the step. Other files belong to a process that died."""
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
    """A mark that does not change when a run writes into a folder of the module, such as a cache."""
    return mark[:1] if is_folder(mark) else mark


def _come_out(folder: str) -> None:
    """Changes to the task root if another run has changed into the folder: a removed working directory is unusable."""
    try:
        here = os.getcwd()  # noqa: PTH109  # Path.cwd() is the same
    except FileNotFoundError:
        here = folder
    if f"{here}/".startswith(f"{folder}/"):
        os.chdir(settings().task_root)


def key(run_id: str, name: str) -> str:
    """The key of a snapshot in the bucket."""
    return f"runs/{run_id}/tmp/{name}"  # noqa: S108  # in the bucket, not on this machine


@cache
def _environment(folder: str) -> _Environment:
    return _Environment(folder)
