"""The folder where a server keeps what shall outlive it: runs, data stores, objects, mail.

It has one database for each template file and region, which one server at a time uses. Called by server. Calls the
store.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.engine.store import Store
from local.errors import LocalError

FOLDER = ".interlude"
"""Its name, beside the template."""

FORMAT = 1
"""Counts the changes of what is in a database. One of another format is not read."""


@contextmanager
def opened(file: Path | None, *, fresh: bool, say: Callable[[str], None]) -> Iterator[Store]:
    """The store in a file, for this process alone until the block ends; in memory where there is no file.

    `fresh` deletes what is in it. Raises LocalError.
    """
    with ExitStack() as stack:
        if file:
            try:
                _make_folder(file.parent)
                stack.enter_context(_locked(file))
                if fresh:
                    _delete(file, say)
            except OSError as error:
                reason = error.strerror or str(error)
                raise LocalError(f"{file} can't be used: {reason}. --data FOLDER names another place.") from None
        store = _store(file)
        stack.callback(store.close)
        yield store


def file_for(folder: Path, template: Path, region: str) -> Path:
    """The database of a template in a folder."""
    return folder / f"{template.name}.{region}.db"


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    # What it holds is nobody else's: keys of hooks, what runs were given.
    folder.mkdir(parents=True, mode=0o700)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Keeps other servers from the file. The lock ends with this process, however that ends."""
    with file.with_suffix(".lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            raise LocalError(
                f"{file} is in use by another server{holder and f', process {holder}'}: stop that one, or name another "
                "folder by --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _delete(file: Path, say: Callable[[str], None]) -> None:
    if file.exists():
        say(f"--fresh deletes {file}, with its runs, data stores and mail.")
    # The log before the database that it belongs to.
    for each in (file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm"), file):
        each.unlink(missing_ok=True)


def _store(file: Path | None) -> Store:
    try:
        store = Store(file)
        found = store.format_number
    except sqlite3.DatabaseError as error:
        raise LocalError(f"{file} can't be read: {error}. --fresh deletes it and begins anew.") from None
    if found is None:
        store.format_number = FORMAT
    elif found != FORMAT:
        store.close()
        raise LocalError(
            f"{file} has format {found}, but this Interlude reads format {FORMAT}. Use the Interlude that has written "
            "it, or begin anew with --fresh, which deletes it."
        )
    return store
