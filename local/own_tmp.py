"""Gives a process a /tmp of its own, as Lambda does: in memory, empty, and gone when the process ends.

Linux only: a mount namespace, inside of a user namespace where the user is not root. Loaded by bootstrap in each
worker, by its path: it must not import anything of local. Called by server, which tries it once, as a program.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

TMP = "/tmp"  # noqa: S108

_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_READ_ONLY, _REMOUNT = 0x1, 0x20
# Flags of a mount that a user namespace may not take away: nosuid, nodev, noexec, noatime, nodiratime.
_LOCKED = 0x2 | 0x4 | 0x8 | 0x400 | 0x800

# What may name a file or folder that Python or its libraries need.
_PATHS = ("PATH", "LD_LIBRARY_PATH")
_FILES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def refusal(folders: Iterable[str]) -> str:
    """Why this machine does not allow it; empty where it does. Tries it in a process that ends at once."""
    import subprocess

    command = [sys.executable, "-P", __file__, *folders]
    done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    return " ".join(done.stderr.split()) if done.returncode else ""


def enter(folders: Iterable[str]) -> None:
    """Covers /tmp for this process and those that it starts. `folders`, and Python's own, stay where they are.

    Raises OSError where the machine does not allow it. The process must not have threads yet.
    """
    if Path(TMP).is_symlink():
        raise OSError(f"{TMP} is a link")
    paths, working = _below_tmp([*folders, *_of_python()]), str(Path.cwd())
    _unshare()
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    needed = {path: os.open(path, os.O_PATH) for path in paths}
    _mount("interlude", TMP, "tmpfs", 0, "mode=1777")
    for path, opened in needed.items():
        _bind(opened, Path(path))
        os.close(opened)
    os.chdir(working)


def _of_python() -> list[str]:
    """Where this Python and its libraries are: also through each link that leads to its program."""
    found = [*sys.path, sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    found += [folder for name in _PATHS for folder in os.environ.get(name, "").split(os.pathsep)]
    found += [os.environ[name] for name in _FILES if name in os.environ]
    program = Path(sys.executable)
    while program.is_symlink():
        found.append(str(program.parent))
        program = program.parent / program.readlink()
    return [*found, str(program.parent)]


def _below_tmp(paths: Iterable[str]) -> list[str]:
    """The paths that /tmp would hide, without those that lie in another one of them."""
    every = {os.path.abspath(path) for path in paths if path}  # noqa: PTH100  # links are names, too
    every |= {os.path.realpath(path) for path in every}
    found: list[str] = []
    for path in sorted(every):
        if path == TMP:
            raise OSError(f"{TMP} itself is needed")
        inside = any(path.startswith(f"{outer}/") for outer in found)
        if path.startswith(f"{TMP}/") and not inside and Path(path).exists():
            found.append(path)
    return found


def _unshare() -> None:
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _call("unshare", _NEW_MOUNTS)
        return
    _call("unshare", _NEW_USER | _NEW_MOUNTS)
    # The same numbers inside as outside: a step must not see that there are two sides.
    Path("/proc/self/setgroups").write_text("deny", encoding="utf-8")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="utf-8")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="utf-8")


def _bind(opened: int, place: Path) -> None:
    if os.path.isdir(opened):  # noqa: PTH112  # of what is opened: its path is hidden by now
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    # Recursive: what is mounted below it can't be left out in a user namespace.
    _mount(f"/proc/self/fd/{opened}", str(place), None, _BIND | _RECURSIVE)
    # As in Lambda, whose code is read-only. Here a step that empties /tmp would empty the project.
    flags = os.statvfs(place).f_flag & _LOCKED
    _mount("none", str(place), None, _BIND | _REMOUNT | _READ_ONLY | flags)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    encoded = (os.fsencode(text) if text is not None else None for text in (source, target, kind, options))
    what, where, file_system, how = encoded
    _call("mount", what, where, file_system, ctypes.c_ulong(flags), how)


def _call(name: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    try:
        enter(sys.argv[1:])
    except (OSError, AttributeError) as error:
        sys.exit(str(error))
