"""A copy of the project for each test."""

import shutil
from pathlib import Path

import pytest
from copies import ROOT, Project

SAMPLES = ("approval", "callback", "counter", "poll")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(ROOT / "template.yaml", tmp_path)
    shutil.copytree(ROOT / "statemachine", tmp_path / "statemachine")
    for sample in SAMPLES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "functions" / sample, tmp_path / "functions" / sample, ignore=ignored)
    return Project(tmp_path)
