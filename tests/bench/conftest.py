"""Figures of a report with tiny sizes, as `make bench ARGS="--small"` makes them."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def figures() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8"))
