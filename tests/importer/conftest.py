"""A project to import into, and a Pipedream project that a test writes itself."""

import shutil
from pathlib import Path

import pytest
from given import ROOT, SAMPLES, Import, Result, template

from cli.command import main


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the real template and the samples' folders."""
    folder = tmp_path / "project"
    (folder / "functions").mkdir(parents=True)
    (folder / "template.yaml").write_text(template(), encoding="utf-8")
    ignored = shutil.ignore_patterns("__pycache__")
    for sample in SAMPLES:
        shutil.copytree(ROOT / "functions" / sample, folder / "functions" / sample, ignore=ignored)
    return folder


@pytest.fixture
def bring(project: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    """Runs `interlude import` into the project."""

    def run(path: Path | str, *options: str) -> Result:
        capsys.readouterr()
        code = main(["import", str(path), "--project", str(project), *options])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture
def pipedream(tmp_path: Path) -> Path:
    """Where a test puts its Pipedream project."""
    folder = tmp_path / "pipedream"
    folder.mkdir()
    return folder
