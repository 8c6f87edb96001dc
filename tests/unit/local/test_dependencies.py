"""local.dependencies installs a folder's requirements once."""

import importlib.metadata
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local import dependencies
from local.errors import LocalError

FAILING = shutil.which("false")


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dependencies, "_BUILD", tmp_path / "build")
    monkeypatch.setattr(dependencies, "say", lambda _line: None)
    return tmp_path / "build"


def folder_with(requirements: str, tmp_path: Path) -> Path:
    folder = tmp_path / "functions"
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(requirements)
    return folder


def wheel(tmp_path: Path) -> Path:
    """The smallest package there is."""
    file = tmp_path / "made_here-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("made_here.py", "WORD = 'installed'\n")
        archive.writestr("made_here-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: made-here\nVersion: 1.0\n")
        archive.writestr(
            "made_here-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("made_here-1.0.dist-info/RECORD", "")
    return file


def no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_arguments, **_named: None)


def broken_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_arguments, **_named: FAILING)


def uv_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run = subprocess.run

    def run_uv(command: list[str], **named: Any) -> Any:
        assert Path(command[0]).name == "uv", "pip was called"
        return run(command, **named)

    monkeypatch.setattr(subprocess, "run", run_uv)


@pytest.mark.parametrize("installer", [no_uv, broken_uv, uv_alone])
def test_requirements_are_installed_once(
    installer: Callable[[pytest.MonkeyPatch], None], build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By uv where it is there and can, by pip else. Beside the folder; the second time they are there."""
    installer(monkeypatch)
    folder = folder_with(f"made_here @ {wheel(tmp_path).as_uri()}\n", tmp_path)
    dependencies.install(folder)
    target = dependencies.folder_for(folder)
    assert target is not None
    assert target.parent == build
    assert (target / "made_here.py").is_file()
    monkeypatch.setattr(subprocess, "run", None)
    dependencies.install(folder)
    assert [path.name for path in build.iterdir()] == [target.name]


def test_other_requirements_have_another_folder(build: Path, tmp_path: Path) -> None:
    """A changed file is installed anew."""
    first = dependencies.folder_for(folder_with("made_here==1.0\n", tmp_path))
    second = dependencies.folder_for(folder_with("made_here==2.0\n", tmp_path))
    assert first is not None
    assert second is not None
    assert first != second


@pytest.mark.parametrize(
    "content", ["", "# nothing yet\n", f"pytest=={importlib.metadata.version('pytest')}  # here\n"]
)
def test_what_is_here_already_is_not_installed(build: Path, tmp_path: Path, content: str) -> None:
    """An empty file, comments, and the very versions that this Python has."""
    folder = folder_with(content, tmp_path)
    dependencies.install(folder)
    assert dependencies.folder_for(folder) is None
    assert not build.exists()


def test_requirements_that_cannot_be_installed(build: Path, tmp_path: Path) -> None:
    """One sentence with pip's reason, and nothing that could be taken for complete."""
    folder = folder_with(f"made_here @ {(tmp_path / 'missing-1.0-py3-none-any.whl').as_uri()}\n", tmp_path)
    with pytest.raises(LocalError, match=r"The packages of .*requirements.txt can't be installed: ") as refused:
        dependencies.install(folder)
    assert "\n" not in str(refused.value)
    assert not list(build.iterdir())
