"""Installs what a folder's requirements.txt names, once, beside the folder and not in it.

Called by server, before it is ready, and by lambdas, which want to know where. Calls uv where it is there, and pip.
"""

import hashlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local.console import say
from local.errors import LocalError, one_line

_BUILD = Path(__file__).parent / ".build"
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)\s*(?:\\|--hash=\S+|\s)*")


def install(folder: Path) -> None:
    """Installs the folder's requirements, unless they are there already. Raises LocalError."""
    target = folder_for(folder)
    if target is None or target.is_dir():
        return
    requirements = folder / "requirements.txt"
    say(f"Installing {requirements} …")
    _BUILD.mkdir(exist_ok=True)
    # What is interrupted must not be taken for complete: it gets its name at the end.
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=_BUILD))
    try:
        _download(requirements, partial)
        if not target.is_dir():
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _download(requirements: Path, target: Path) -> None:
    """Puts the packages into the target: by uv, which takes a tenth of pip's time, and else by pip."""
    named = ["-r", str(requirements), "--target", str(target)]
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv and _run([uv, "pip", "install", "--quiet", "--python", sys.executable, *named]).returncode == 0:
        return
    # Also where uv has failed: an index may be set for pip alone, and pip's reason is the better known one.
    done = _run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", *named])
    if done.returncode:
        reason = one_line(done.stderr) or f"pip ended with exit code {done.returncode}"
        raise LocalError(f"The packages of {requirements} can't be installed: {reason}")


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 - uv or pip


def folder_for(folder: Path) -> Path | None:
    """Where the packages of a folder are, or will be; None if it needs none that this Python has not."""
    requirements = folder / "requirements.txt"
    if not requirements.is_file():
        return None
    text = requirements.read_text(encoding="utf-8")
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith(("#", "--hash="))]
    if all(_is_here(line) for line in lines):
        return None
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(f"{version}\n{folder}\n{text}".encode()).hexdigest()[:12]
    return _BUILD / f"{folder.name}-{digest}"


def _is_here(line: str) -> bool:
    pin = _PIN.fullmatch(line.partition(" #")[0].strip())
    if pin is None:
        return False
    try:
        return importlib.metadata.version(pin[1]) == pin[2]
    except importlib.metadata.PackageNotFoundError:
        return False
