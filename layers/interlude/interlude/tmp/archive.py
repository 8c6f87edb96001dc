"""The files of a run as one object in the bucket: a tar archive, written and read as a stream.

tarfile is imported only when a run has files.
"""

import errno
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from interlude.aws import bucket
from interlude.aws.busy import is_busy
from interlude.errors import CannotBring

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

BUFFER_BYTES = 1024 * 1024
CONTENT_TYPE = "application/x-tar"


def send(key: str, folder: str, paths: Mapping[str, int]) -> None:
    """Stores these paths of the folder under the key, parents first, each with its mode."""
    import tarfile

    with (
        bucket.upload(key, CONTENT_TYPE) as target,
        # PAX supports every name, any size, and fractions of a second.
        tarfile.open(
            fileobj=cast(IO[bytes], target), mode="w|", format=tarfile.PAX_FORMAT, bufsize=BUFFER_BYTES
        ) as archive,
    ):
        for path, mode in paths.items():
            with suppress(FileNotFoundError):  # removed since it was listed
                _add(archive, Path(folder, path), path, mode)


def _add(archive: "TarFile", place: Path, path: str, mode: int) -> None:
    if not stat.S_ISREG(place.lstat().st_mode):
        member = _anonymous(archive.gettarinfo(place, path))
        if member.isdir():
            member.mode = mode  # not the current one, which is different while the folder is opened
        archive.addfile(member)
        return
    with _opened(place) as file:
        archive.addfile(_anonymous(archive.gettarinfo(arcname=path, fileobj=file)), _Whole(file))


def _anonymous(member: "TarInfo") -> "TarInfo":
    """Removes the owner: the files will belong to the user that unpacks them."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _opened(place: Path) -> IO[bytes]:
    """Opens a file of the run, even if its mode does not allow to read it."""
    try:
        return place.open("rb")
    except PermissionError:
        mode = stat.S_IMODE(place.lstat().st_mode)
        place.chmod(mode | stat.S_IRUSR)
        try:
            return place.open("rb")
        finally:
            place.chmod(mode)


class _Whole:
    """A file padded to the length that the archive states, in case it is truncated while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size).ljust(size, b"\0")


def fetch(key: str, folder: str, own: Collection[str]) -> None:
    """Unpacks into the folder, without touching the `own` names at its top. Raises CannotBring."""
    from botocore.exceptions import ClientError

    for tries_left in (2, 1, 0):
        try:
            return _unpack(key, folder, own)
        except _interruptions():  # the next try unpacks everything again
            if not tries_left:
                raise
        except ClientError as error:
            if is_busy(error):
                raise
            reason = error.response.get("Error", {}).get("Code", "no reason given")
            raise CannotBring(f"The run's files for {folder} can't be read from {key}: {reason}.") from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise CannotBring(
                f"The files of the run don't fit into {folder}. Give the step's function in template.yaml more space: "
                "EphemeralStorage: {Size: 1024}, in MB, up to 10240; the default is 512."
            ) from None
    return None


def _interruptions() -> tuple[type[Exception], ...]:
    """The errors of a connection that breaks while the object is read."""
    from tarfile import ReadError

    from botocore.exceptions import HTTPClientError, IncompleteReadError

    return HTTPClientError, IncompleteReadError, ReadError


def _unpack(key: str, folder: str, own: Collection[str]) -> None:
    import tarfile

    with (
        closing(bucket.stream(key)) as source,
        tarfile.open(fileobj=source, mode="r|", bufsize=BUFFER_BYTES) as archive,
    ):
        # _allowed replaces tarfile's filters. Its "data" would refuse files that a step may well have made: absolute
        # links, and world-writable files.
        archive.extraction_filter = lambda member, _folder: member
        archive.extractall(folder, _allowed(archive, folder, own))  # noqa: S202  # checked, each of them


def _allowed(archive: "TarFile", folder: str, own: Collection[str]) -> "Iterator[TarInfo]":
    """The members outside the `own` names, each after its place has been cleared.

    A member outside the folder, or behind a link, is refused. That should never happen: only the run's own steps write
    its archives.
    """
    root = Path(folder).resolve()
    for member in archive:
        place = root / member.name
        if not place.parent.resolve().is_relative_to(root) or place.name == "..":
            raise CannotBring(f"The files of the run include {member.name!r}, which is not in {folder}.")
        if member.name.partition("/")[0] not in own:
            _make_way(place, member.isdir())
            yield member


def _make_way(place: Path, for_folder: bool) -> None:
    """Removes anything that the step's module wrote to this place."""
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(place.lstat().st_mode):
            place.unlink()
        elif not for_folder:
            import shutil

            shutil.rmtree(place)
