"""docs/pipedream.md: a row for everything that a Pipedream step may rely on, and a test for each row."""

import ast
import re
from pathlib import Path

import pytest

from interlude.models import Run, Stored
from interlude.pd.attempt import Pd
from interlude.pd.data_stores import DataStore
from interlude.pd.flow import Flow
from interlude.pd.send import Send
from interlude.run.context import run_context, trigger_context

TESTS = Path(__file__).parents[1]
PAGE = Path("docs/pipedream.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<what>.+?) \| (?P<here>.+?) \| (?P<test>.+?) \|$", re.MULTILINE)
ROWS = [row for row in ROW.finditer(PAGE) if row["what"] not in ("what", "---")]
NO_TEST = "—"

RUN = Run("r", "w", "running", "", "arn:aws:states:::a:b", "", "ask=arn:1", Stored())


def names(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def code_of(rows: list[re.Match[str]]) -> str:
    """What stands as code in the first column."""
    return " ".join(code for row in rows for code in re.findall(r"`([^`]+)`", row["what"]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["what"])
def test_a_row_says_whether_it_is_the_same(row: re.Match[str]):
    """Or why it is not; and it names the test that shows it, unless there is nothing to show yet."""
    assert re.match(r"same\b|differs, because |not yet\b", row["here"])
    assert (row["test"] == NO_TEST) == row["here"].startswith("not yet")


@pytest.mark.parametrize("row", [row for row in ROWS if row["test"] != NO_TEST], ids=lambda row: row["what"])
def test_the_test_of_a_row_is_there(row: re.Match[str]):
    """By its file and its name."""
    path, _, name = row["test"].strip("`").partition("::")
    module = ast.parse((TESTS / path).read_text(encoding="utf-8"))

    assert name in {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("kind", "calls"),
    [
        ("pd", names(Pd) - {"exports", "export_text"}),
        ("pd.flow", names(Flow) - {"links", "links_kept"}),
        ("pd.send", names(Send) - {"deliver"}),
        ("a data store", names(DataStore)),
        ("pd.context", {*trigger_context(RUN), *run_context(1, None, {}), "run", "resume"}),
        ("the event", {"method", "path", "query", "headers", "body", "client_ip", "url"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_everything_has_a_row(kind: str, calls: set[str]):
    """What there is in the code is in the first column of some row."""
    known = set(re.findall(r"\w+", code_of(ROWS)))

    assert calls - known == set()
