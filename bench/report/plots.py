"""Plots as SVG files of a few kilobytes, without a library: bars with quartiles, and lines over a logarithmic axis.

An image in a page of a repository gets no style of the page. Each has both schemes in it, and a ground of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 760
_STYLE = """
svg { --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --rule: #d1d9e0; --own: #0969da; --other: #8c959f; }
.a { --line: #0969da; } .b { --line: #bc4c00; } .c { --line: #1a7f37; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --rule: #3d444d; --own: #4493f8; --other: #7d8590; }
  .a { --line: #4493f8; } .b { --line: #db6d28; } .c { --line: #3fb950; }
}
text { font: 13px system-ui, sans-serif; fill: var(--ink); } .quiet { fill: var(--quiet); }
.title { font-weight: 600; } .ground { fill: var(--ground); } .rule { stroke: var(--rule); }
.own { fill: var(--own); } .other { fill: var(--other); } .whisker { stroke: var(--ink); }
.line { fill: none; stroke: var(--line); stroke-width: 2; } .dot { fill: var(--line); }
"""


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    low: float
    high: float
    """Quartiles."""


@dataclass(frozen=True)
class Line:
    label: str
    points: Sequence[tuple[float, float]]


def bars(title: str, unit: str, rows: Sequence[Bar], *, logarithmic: bool = False) -> str:
    """One bar a row; Interlude's are in another colour."""
    left, right, top, height = 300, 110, 52, 28
    values = [row.value for row in rows]
    least = 10 ** math.floor(math.log10(min(values))) if logarithmic else 0.0
    most = max(*values, *(row.high for row in rows))

    def x(value: float) -> float:
        room = _WIDTH - left - right
        if not logarithmic:
            return left + room * value / most
        return left + room * max(0.0, math.log10(max(value, least) / least)) / math.log10(most / least)

    parts = []
    for number, row in enumerate(rows):
        y = top + number * height
        end = max(x(row.value), x(row.high)) + 6
        kind = "own" if row.label.startswith("Interlude") else "other"
        parts += [
            f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(row.label)}</text>',
            f'<rect class="{kind}" x="{left}" y="{y}" width="{max(1.0, x(row.value) - left):.1f}" height="18" rx="2"/>',
            f'<path class="whisker" d="M{x(row.low):.1f} {y + 9}H{x(row.high):.1f}"/>',
            f'<text class="quiet" x="{end:.1f}" y="{y + 13}">{number_text(row.value)} {unit}</text>',
        ]
    scale = "logarithmic scale, " if logarithmic else ""
    note = f"{scale}bars are medians, thin lines the quartiles"
    parts.append(f'<text class="quiet" x="16" y="{top + len(rows) * height + 16}">{note}</text>')
    described = "; ".join(f"{row.label} {number_text(row.value)} {unit}" for row in rows)
    return _svg(title, described, top + len(rows) * height + 28, parts)


def lines(title: str, x_name: str, y_name: str, series: Sequence[Line]) -> str:
    """Lines over a logarithmic x axis, from 0 on the y axis."""
    left, right, top, bottom, height = 70, 30, 64, 56, 320
    xs = [max(x, 1) for line in series for x, _ in line.points]
    most = _round_up(max(y for line in series for _, y in line.points))
    low, high = math.log10(min(xs)), math.log10(max(xs))

    def place(point: tuple[float, float]) -> tuple[float, float]:
        share = (math.log10(max(point[0], 1)) - low) / ((high - low) or 1)
        return left + (_WIDTH - left - right) * share, height - bottom - (height - bottom - top) * point[1] / most

    parts = []
    for part in range(5):
        value = most * part / 4
        _, y = place((1, value))
        parts += [
            f'<path class="rule" d="M{left} {y:.1f}H{_WIDTH - right}"/>',
            f'<text class="quiet" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.4g}</text>',
        ]
    for value in sorted({x for line in series for x, _ in line.points}):
        at, _ = place((value, 0))
        parts.append(
            f'<text class="quiet" x="{at:.1f}" y="{height - bottom + 18}" text-anchor="middle">{_short(value)}</text>'
        )
    for kind, line in zip("abc", series, strict=False):
        places = [place(point) for point in line.points]
        parts.append(f'<path class="line {kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in places)}"/>')
        parts += [f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places]
    at = 16.0
    for kind, line in zip("abc", series, strict=False):
        parts.append(f'<circle class="dot {kind}" cx="{at + 4}" cy="46" r="4"/>')
        parts.append(f'<text x="{at + 14}" y="50">{escape(line.label)}</text>')
        at += 30 + 7.2 * len(line.label)
    parts.append(
        f'<text class="quiet" x="{_WIDTH - right}" y="{height - 14}" text-anchor="end">{escape(x_name)}</text>'
    )
    parts.append(f'<text class="quiet" x="16" y="{height - 14}">{escape(y_name)}</text>')
    described = "; ".join(
        f"{line.label}: " + ", ".join(f"{number_text(x)}: {number_text(y)}" for x, y in line.points) for line in series
    )
    return _svg(title, described, height, parts)


def number_text(value: float) -> str:
    """Three significant digits, in a form that people read: 0.0123, 4.56, 789, 12,300."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}"


def _short(value: float) -> str:
    """A round number of an axis: 60k, 5M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _round_up(value: float) -> float:
    if value <= 0:
        return 1.0
    step = 10 ** math.floor(math.log10(value))
    return next(float(step * part) for part in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * part >= value)


def _svg(title: str, described: str, height: float, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{_WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {_WIDTH} {height:.0f}">\n<title>{escape(title)}</title>\n<desc>{escape(described)}</desc>\n'
        f'<style>{_STYLE}</style>\n<rect class="ground" width="100%" height="100%" rx="6"/>\n'
        f'<text class="title" x="16" y="26">{escape(title)}</text>\n{body}\n</svg>\n'
    )
