"""A copy of the project for each test."""

import re
import shutil
from pathlib import Path

import pytest
from copies import ROOT, Project

# Workflows have nothing to do with these sections, and a check of the rest takes half the time.
_LEFT_OUT = re.compile(r"\n  # ---- (?:Failures|Wake-ups|For operators:) .*?(?=\n  # ---- |\nOutputs:)", re.DOTALL)

SAMPLES = ("approval", "callback", "counter", "poll")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    (tmp_path / "template.yaml").write_text(_LEFT_OUT.sub("", text), encoding="utf-8")
    shutil.copytree(ROOT / "statemachine", tmp_path / "statemachine")
    for sample in SAMPLES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "functions" / sample, tmp_path / "functions" / sample, ignore=ignored)
    return Project(tmp_path)
