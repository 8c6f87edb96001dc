"""Measures all parts, and writes the page, the plots and the figures."""

import importlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.laboratory import Laboratory
from bench.report.drawings import plots
from bench.report.machine import description
from bench.report.page import page
from bench.sizes import FULL, Sizes
from bench.traffic import listening

PARTS = ["cold_start", "startup", "warm_step", "growth", "money", "peers", "load"]
"""In the order in which they are measured. `load` goes on where `peers` ends, and fills the table."""


async def measure(parts: list[str], sizes: Sizes) -> dict[str, Any]:
    figures: dict[str, Any] = {"small": sizes is not FULL, "machine": description(), "missing": {}}
    began = time.monotonic()
    async with listening() as listener:
        laboratory = Laboratory(sizes, listener, Path(tempfile.mkdtemp(prefix="interlude-bench-")))
        try:
            for part in parts:
                laboratory.say(f"{part} …")
                started = time.monotonic()
                try:
                    figures[part] = await importlib.import_module(f"bench.figures.{part}").measure(laboratory)
                except (RuntimeError, TimeoutError, OSError) as error:
                    laboratory.missing[part] = str(error)
                    laboratory.say(f"{part} could not be measured: {error}")
                laboratory.say(f"{part}: {time.monotonic() - started:.0f} s")
        finally:
            laboratory.close()
    figures["missing"] = laboratory.missing
    figures["machine"]["took_s"] = time.monotonic() - began
    rounded: dict[str, Any] = _rounded(figures)
    return rounded


def write(figures: dict[str, Any], folder: Path) -> None:
    """Writes performance.json, performance.md and performance/*.svg."""
    drawings = folder / "performance"
    drawings.mkdir(parents=True, exist_ok=True)
    for old in drawings.glob("*.svg"):
        old.unlink()
    for name, drawing in plots(figures).items():
        (drawings / name).write_text(drawing, encoding="utf-8")
    (folder / "performance.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (folder / "performance.md").write_text(page(figures), encoding="utf-8")


def _rounded(value: Any) -> Any:
    """To six significant digits: more than is measured, and fewer characters."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
