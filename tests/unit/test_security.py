"""docs/security.md: a row for each asset, and tests that are there."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = Path("docs/security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<asset>.+?) \| (?P<who>.+?) \| (?P<how>.+?) \| (?P<tests>.+?) \|$", re.MULTILINE)
ROWS = [row for row in ROW.finditer(PAGE) if row["asset"] not in ("asset", "---")]

ASSETS = """hook, `verify`, hooks' senders, resume link, cancel link, decision, address, `url_key`, task token,
`Idempotency-Key`, management routes, requests go, runs and large values, data stores, secrets of accounts, logs,
metrics, dead letters and alarms, API's function, roles, local server, local server prints,
local server keeps, `secrets.json`"""


def test_every_asset_has_a_row():
    """One each, in the order of the list."""
    assets = [" ".join(asset.split()) for asset in ASSETS.split(",")]

    assert len(ROWS) == len(assets)
    assert [row["asset"] for row, asset in zip(ROWS, assets, strict=True) if asset not in row["asset"]] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["asset"])
def test_the_tests_of_a_row_are_there(row: re.Match[str]):
    """By their files and names, at least one."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", row["tests"])

    assert ", ".join(f"`{path}::{name}`" for path, name in named) == row["tests"]
    for path, name in named:
        module = ast.parse((TESTS / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}, (path, name)
