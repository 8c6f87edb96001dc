"""Unpacks an untrusted ZIP into a folder, or refuses it."""

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from sync.errors import Refused, one_line

MAX_BYTES = 200_000_000
MAX_FILES = 10_000


def unpack(path: Path, target: Path) -> None:
    """Raises Refused, and may then have unpacked a part."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            _check(members, path)
            for member in members:
                file = target.joinpath(*PurePosixPath(member.filename).parts)
                file.parent.mkdir(parents=True, exist_ok=True)
                # read() never reads more than the checked size.
                file.write_bytes(archive.read(member))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise Refused(f"{path} is not a readable ZIP: {one_line(error)}.") from None
    except OSError as error:
        raise Refused(f"{path} can't be unpacked: {error.strerror or one_line(error)}.") from None


def _check(members: list[zipfile.ZipInfo], path: Path) -> None:
    if len(members) > MAX_FILES or sum(member.file_size for member in members) > MAX_BYTES:
        raise Refused(f"{path} holds more than {MAX_BYTES // 1_000_000} MB or {MAX_FILES} files when it is unpacked.")
    for member in members:
        name = PurePosixPath(member.filename)
        if (
            name.is_absolute()
            or ".." in name.parts
            or "\\" in member.filename
            or ":" in member.filename
            or not name.parts
        ):
            raise Refused(f"{path} holds the file {member.filename!r}, which would be outside the folder.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Refused(f"{path} holds the link {member.filename!r}; only files can be imported.")
        if member.flag_bits & 1:
            raise Refused(f"{path} is encrypted: unpack it, and import the folder.")
