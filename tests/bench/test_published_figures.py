"""The page that is published is made of the figures beside it."""

import json
from pathlib import Path

from bench.report import making
from bench.report.drawings import plots
from bench.report.page import page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_and_its_plots_are_made_from_the_figures_beside_them():
    """Else: make bench ARGS=page."""
    figures = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))

    assert (DOCS / "performance.md").read_text(encoding="utf-8") == page(figures)
    assert {file.name: file.read_text(encoding="utf-8") for file in (DOCS / "performance").iterdir()} == plots(figures)


def test_the_published_figures_have_the_full_sizes_and_all_parts():
    figures = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))

    assert figures["small"] is False
    assert set(making.PARTS) <= figures.keys()
