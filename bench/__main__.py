"""Runs parts of the bench: `make bench ARGS="model clicks"`. Without a name it is the times.

A part is a module of this folder with a `run`. Each prints what it has done.
"""

import importlib
import pkgutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "layers" / "interlude"), str(ROOT / "functions" / "api")]  # as pytest does for the tests

PARTS = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name[0] != "_")

names = sys.argv[1:] or ["times"]
if unknown := [name for name in names if name not in PARTS]:
    sys.exit(f"There is no part {unknown[0]!r} of the bench; its parts are {', '.join(PARTS)}.")
for name in names:
    importlib.import_module(f"bench.{name}").run()
