"""Writes files so that all of them are there, or none. Called by importing, when everything has been checked."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from importer.errors import Refused, one_line

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Another import into the folder waits, so that each one reads what the one before it has written."""
    if fcntl is None or not folder.is_dir():
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # there are file systems without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(files: dict[Path, bytes], removed: list[Path]) -> None:
    """Writes the files in order and then removes some. Raises Refused, and has then put everything back."""
    before: dict[Path, bytes | None] = {}
    created: list[Path] = []
    with _uninterrupted():
        try:
            for path, content in files.items():
                created += _make_folder(path.parent)
                before[path] = path.read_bytes() if path.exists() else None
                _replace(path, content)
            for path in removed:
                before[path] = path.read_bytes()
                path.unlink()
        except OSError as error:
            with suppress(OSError):
                _restore(before, created)
            name = error.filename or "a file"
            raise Refused(
                f"{name} can't be written: {error.strerror or one_line(error)}; nothing was changed."
            ) from None


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads the file meanwhile sees the old one or the new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """It can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _make_folder(folder: Path) -> list[Path]:
    """Makes a folder and what is above it. Returns those that were not there, the innermost last."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _restore(before: dict[Path, bytes | None], created: list[Path]) -> None:
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
        else:
            _replace(path, content)
    for folder in reversed(created):
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C has no effect until everything is written: that takes no time, and half of it would be worse."""
    handlers = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # in a thread
            handlers[number] = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
