"""What is in a folder, told so that a change shows, and removed whatever it is. Called by `files`."""

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Mark = tuple[int, ...]
"""A path's mode and whatever changes with its content; of a folder its mode and time."""
Listing = dict[str, Mark]


def listing(folder: str, own: Collection[str]) -> Listing:
    """Every path below the folder, parents first, but for `own` names at its top and for what is mounted there."""
    device = Path(folder).lstat().st_dev
    found: Listing = {}
    ahead = [""]
    try:
        while ahead:
            above = ahead.pop()
            with suppress(FileNotFoundError), os.scandir(f"{folder}/{above}") as entries:
                for entry in entries:
                    path = f"{above}{entry.name}"
                    with suppress(FileNotFoundError):  # gone since it was listed
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
    """Opens the listed folders that are shut even to us, who own them, and shuts those that are left again."""
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
    """Gives the folders that have been opened their own mode again, what is in one before the one."""
    for path, mark in reversed(listed.items()):
        # Gone, or something else by now; it is not reached where a folder above it was shut by the step meanwhile.
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
        # Size and mtime may be what they were before. The time of the last change can't be set.
        return (mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return (mode, status.st_mtime_ns)


def is_folder(mark: Mark) -> bool:
    return stat.S_ISDIR(mark[0])


def can_be_kept(mark: Mark) -> bool:
    """Not a pipe or a socket: they are nothing without the process that made them."""
    return is_folder(mark) or stat.S_ISREG(mark[0]) or stat.S_ISLNK(mark[0])


def size(marks: Iterable[Mark]) -> int:
    """Bytes of the files among these. A file with several names counts once, a sparse one with its whole length."""
    return sum({mark[4]: mark[1] for mark in marks if stat.S_ISREG(mark[0])}.values())


def remove(folder: str, paths: Iterable[str], listed: Listing) -> None:
    """Removes the paths, what is in a folder before the folder. Leaves one in which something has come up since."""
    for path in sorted(paths, reverse=True):
        place = Path(folder, path)
        try:
            place.rmdir() if is_folder(listed[path]) else place.unlink()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY):
                raise


def make_folders(folder: str, paths: Iterable[str], marks: Listing) -> None:
    """Makes the folders, or only gives them their mode again. Parents come first."""
    for path in paths:
        place = Path(folder, path)
        place.mkdir(exist_ok=True)
        place.chmod(stat.S_IMODE(marks[path][0]))
