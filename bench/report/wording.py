"""How figures stand in the text and in the tables of the page."""

from collections.abc import Iterable, Sequence
from typing import Any

from bench.report.plots import number_text

Figures = dict[str, Any]

LEFT_OUT = "This part was not measured in this run."


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines_ = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    return "\n".join([*lines_, *("| " + " | ".join(row) + " |" for row in rows)])


def plot(file: str, text: str) -> str:
    return f"![{text}](performance/{file})"


def ms(value: float) -> str:
    return f"{number_text(value)} ms"


def mb(value: float) -> str:
    return f"{number_text(value / 1e6)} MB"


def spread_text(spread: Figures, unit: str = "ms") -> str:
    """Median, and the quartiles in brackets."""
    low, high = number_text(spread["lower_quartile"]), number_text(spread["upper_quartile"])
    return f"{number_text(spread['median'])} {unit} ({low} to {high})"


def times(ratio: float) -> str:
    return f"{number_text(ratio)} ×"


def row_of(rows: list[Figures], name: str) -> Figures | None:
    return next((row for row in rows if row["name"] == name), None)


def ratio_text(row: Figures, of: str) -> str:
    ratio = row.get("ratio_to_restate", row.get("ratio"))
    return f"{times(ratio)} {of}" if ratio is not None else ""


def number_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
