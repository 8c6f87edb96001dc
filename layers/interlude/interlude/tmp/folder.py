"""Lists the content of a folder in a way that reveals changes, and removes content of any kind."""

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Mark = tuple[int, ...]
"""A path's mode, and everything that changes with its content; for a folder its mode and time."""
Listing = dict[str, Mark]


def listing(folder: str, own: Collection[str]) -> Listing:
    """Every path below the folder, parents first, except `own` names at its top and mounts."""
    device = Path(folder).lstat().st_dev
    found: Listing = {}
    ahead = [""]
    try:
        while ahead:
            above = ahead.pop()
            with suppress(FileNotFoundError), os.scandir(f"{folder}/{above}") as entries:
                for entry in entries:
                    path = f"{above}{entry.name}"
                    with suppress(FileNotFoundError):  # removed since it was listed
                        if path not in own and (mark := _mark(entry, device)):
                            found[path] = mark
                            if is_folder(mark):
                                _open(folder, path, mark)
                                ahead.append(f"{path}/")
    finally:
        _shut(folder, found)
    return found


@contextmanager
def opened(folder: str, listed: Listing) -> Iterator[None]:
    """Makes the listed folders accessible whose mode excludes even their owner, and restores their modes at the end."""
    for path, mark in listed.items():
        if is_folder(mark):
            _open(folder, path, mark)
    try:
        yield
    finally:
        _shut(folder, listed)


def _open(folder: str, path: str, mark: Mark) -> None:
    if _is_shut(mark):
        with suppress(FileNotFoundError):
            Path(folder, path).chmod(stat.S_IMODE(mark[0]) | stat.S_IRWXU)


def _shut(folder: str, listed: Listing) -> None:
    """Restores the modes of the opened folders, children before parents."""
    for path, mark in reversed(listed.items()):
        # It may be gone, no longer be a folder, or be unreachable because the step has shut a folder above it.
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            if is_folder(mark) and _is_shut(mark) and is_folder((Path(folder, path).lstat().st_mode,)):
                Path(folder, path).chmod(stat.S_IMODE(mark[0]))


def _is_shut(mark: Mark) -> bool:
    return mark[0] & stat.S_IRWXU != stat.S_IRWXU


def _mark(entry: "os.DirEntry[str]", device: int) -> Mark | None:
    status = entry.stat(follow_symlinks=False)
    mode = status.st_mode
    if status.st_dev != device:
        return None
    if not stat.S_ISDIR(mode):
        # Size and mtime can be the same after a change. The ctime can't be set.
        return (mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return (mode, status.st_mtime_ns)


def is_folder(mark: Mark) -> bool:
    return stat.S_ISDIR(mark[0])


def can_be_kept(mark: Mark) -> bool:
    """False for a pipe or a socket: they are useless without the process that made them."""
    return is_folder(mark) or stat.S_ISREG(mark[0]) or stat.S_ISLNK(mark[0])


def size(marks: Iterable[Mark]) -> int:
    """Total bytes of the files among these. A file with several names counts once, a sparse one at its full length."""
    return sum({mark[4]: mark[1] for mark in marks if stat.S_ISREG(mark[0])}.values())


def remove(folder: str, paths: Iterable[str], listed: Listing) -> None:
    """Removes the paths, children before parents. Leaves a folder that is not empty any more."""
    for path in sorted(paths, reverse=True):
        place = Path(folder, path)
        try:
            if is_folder(listed[path]):
                place.rmdir()
            else:
                place.unlink()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY):
                raise


def make_folders(folder: str, paths: Iterable[str], marks: Listing) -> None:
    """Creates the folders, or only restores their modes. Parents come first."""
    for path in paths:
        place = Path(folder, path)
        place.mkdir(exist_ok=True)
        place.chmod(stat.S_IMODE(marks[path][0]))
