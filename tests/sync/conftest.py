"""A project with the samples, and `make sync` on it."""

import shutil
from pathlib import Path

import pytest

from sync.__main__ import main
from tests.sync.declaring import ROOT, TEMPLATE, Project, Result, Sync


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The real template as far as the workflows go, and the samples."""
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    ignored = shutil.ignore_patterns("__pycache__")
    for path in (ROOT / "functions").glob("*/workflow.yaml"):
        shutil.copytree(path.parent, tmp_path / "functions" / path.parent.name, ignore=ignored)
    (tmp_path / "statemachine").symlink_to(ROOT / "statemachine")
    return Project(tmp_path)


@pytest.fixture
def sync(project: Project, capsys: pytest.CaptureFixture[str]) -> Sync:
    """Runs `python -m sync` on the project."""

    def run(*options: str) -> Result:
        capsys.readouterr()
        code = main(["--project", str(project.folder), *options])
        return Result(code, *capsys.readouterr())

    return run
