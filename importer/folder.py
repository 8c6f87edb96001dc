"""Reads the files of a workflow's folder, and none outside of it."""

import os
from collections.abc import Iterator
from pathlib import Path

from sync.errors import Refused, one_line

# Names that begin with a dot are skipped, too: .git, .workflow.state, .env.
SKIPPED = {"__pycache__", "node_modules"}
ENTRIES = ("entry.py", "entry.js", "entry.mjs", "entry.ts", "entry.sh", "entry.go")
MAX_BYTES = 50_000_000
"""Of one workflow. Lambda allows 250 MB unzipped, including the packages."""


def inside(folder: Path, relative: str, name: str, root: Path | None = None) -> Path:
    """A path below the folder. Raises Refused if dots or links lead out of it, or out of the root around it."""
    path = folder / relative
    if Path(relative).is_absolute() or "\\" in relative or "\0" in relative:
        raise Refused(f"{name} names the file {relative!r}; it must be a path inside the workflow's folder.")
    try:
        outside = not path.resolve().is_relative_to((root or folder).resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        outside = True
    if outside:
        raise Refused(f"{name} names the file {relative!r}, which is outside the workflow's folder.")
    return path


def read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{name} can't be read: {error.strerror or one_line(error)}.") from None


def workflows(root: Path, left_out: Path) -> Iterator[Path]:
    """The folders with a workflow.yaml, in order of their paths, except in `left_out`. Links are not followed."""
    for at, folders, files in os.walk(root, onerror=_raise):
        if Path(at).resolve() == left_out.resolve():
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not _is_skipped(name))
        if "workflow.yaml" in files:
            yield Path(at)


def files(folder: Path, left_out: set[Path], name: str, root: Path | None = None) -> dict[str, bytes]:
    """The other files of a workflow, by their paths, without its steps' folders and without files of tools.

    Links may lead anywhere in the root; the default is the folder itself.
    """
    found: dict[str, bytes] = {}
    size = 0
    for at, folders, names in os.walk(folder, onerror=_raise):
        here = Path(at)
        links = [each for each in folders if (here / each).is_symlink()]
        for link in links:
            inside(folder, str((here / link).relative_to(folder)), name, root)
        folders[:] = sorted(
            each
            for each in folders
            if not _is_skipped(each)
            and each not in links
            and here / each not in left_out
            and not (here / each / "workflow.yaml").is_file()
        )
        for each in sorted(names):
            if _is_skipped(each) or (here == folder and each == "workflow.yaml"):
                continue
            relative = (here / each).relative_to(folder).as_posix()
            path = inside(folder, relative, name, root)
            if path.is_file():  # reading a pipe would never end
                found[relative] = read(path, f"{name}/{relative}")
                size += len(found[relative])
            if size > MAX_BYTES:
                raise Refused(f"{name} has more than {MAX_BYTES // 1_000_000} MB of files beside its steps.")
    return found


def _raise(error: OSError) -> None:
    raise error


def _is_skipped(name: str) -> bool:
    return name in SKIPPED or name.startswith(".") or name.endswith(".pyc")
