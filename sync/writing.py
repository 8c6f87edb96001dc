"""Writes several files atomically: all of them, or none."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sync.errors import Refused, one_line

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Makes another import into the folder wait: each import must read what the one before has written."""
    if fcntl is None or not folder.is_dir():
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_unchanged(path: Path, text: str) -> None:
    """Raises Refused if the file was changed since it was read."""
    if path.read_bytes() != text.encode():
        raise Refused(f"{path} was changed in the meantime, and nothing was written: try again.")


def write(files: dict[Path, bytes], removed: list[Path]) -> None:
    """Writes the files in order, then removes some. Raises Refused after it has restored everything."""
    before: dict[Path, bytes | None] = {}
    created: list[Path] = []
    with _uninterrupted():
        try:
            for path, content in files.items():
                created += _make_folder(path.parent)
                before[path] = None
                if path.exists():
                    before[path] = path.read_bytes()
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
    """Replaces a file atomically: a reader sees the old content or the new."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        mode = 0o666 & ~_umask()
        if path.exists():
            mode = path.stat().st_mode & 0o777
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The umask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _make_folder(folder: Path) -> list[Path]:
    """Creates a folder and its parents. Returns those that were missing, the innermost last."""
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
    """Ignores Ctrl-C until everything is written. That takes only a moment, and half an import would be worse."""
    handlers = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # in a thread
            handlers[number] = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
