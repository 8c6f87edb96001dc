"""docs/performance.md is what was measured, and says what is worse than a peer."""

from xml.etree import ElementTree

import pytest

from bench.report import making
from bench.report.drawings import plots
from bench.report.page import page


def test_the_page_says_where_interlude_is_slower(figures):
    restate, own = _callbacks(figures)
    own["spread"]["median"], restate["spread"]["median"] = 60.0, 5.0

    assert "- callback to next step: 12.0 × the time of Restate" in page(figures)


def test_the_page_does_not_call_interlude_slower_where_it_is_faster(figures):
    for row in figures["peers"]["latencies"]["callback_to_next_ms"]:
        row["spread"]["median"] = 1.0 if row["name"] == "Interlude" else 2.0

    assert "- callback to next step:" not in page(figures)


def test_the_page_says_why_a_peer_was_not_measured(figures):
    latencies = figures["peers"]["latencies"]
    figures["peers"]["missing"] = {"Restate": "it is not installed"}
    for what in ("callback_to_next_ms", "start_to_third_ms"):
        latencies[what] = [row for row in latencies[what] if row["name"] != "Restate"]

    assert "| Restate | not measured: it is not installed | |" in page(figures)


@pytest.mark.parametrize("part", making.PARTS)
def test_a_report_without_one_part_is_still_a_page(figures, part):
    assert "This part was not measured in this run." not in page(figures)
    del figures[part]

    assert "This part was not measured in this run." in page(figures)
    assert all(svg(drawing).tag.endswith("svg") for drawing in plots(figures).values())


def test_each_plot_that_the_page_shows_is_drawn(figures):
    shown = {part.split(")")[0] for part in page(figures).split("](performance/")[1:]}

    assert shown == plots(figures).keys()


def test_plots_can_be_read_on_a_light_and_on_a_dark_page(figures):
    for drawing in plots(figures).values():
        assert "prefers-color-scheme: dark" in drawing
        assert svg(drawing).find("{*}desc").text


def svg(drawing):
    return ElementTree.fromstring(drawing)  # noqa: S314  # the bench's own


def _callbacks(figures):
    rows = {row["name"]: row for row in figures["peers"]["latencies"]["callback_to_next_ms"]}
    return rows["Restate"], rows["Interlude"]
