"""docs/reliability.md: what is promised has a test."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = Path("docs/reliability.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<promise>.+?) \| (?P<mechanism>.+?) \| (?P<tests>.+?) \|.*\|$", re.MULTILINE)
ROWS = [row for row in ROW.finditer(PAGE) if row["promise"] not in ("promise", "---")]


def test_the_page_has_promises():
    """Or the next test would look at nothing."""
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["promise"])
def test_the_tests_of_a_promise_are_there(row: re.Match[str]):
    """A file or a folder of tests, at least one."""
    named = re.findall(r"`([\w/]+(?:\.py|/))`", row["tests"])

    assert named
    assert [path for path in named if not (TESTS / path).exists()] == []
