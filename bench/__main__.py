"""The bench: `make bench` measures everything, and writes docs/performance.md with its plots and figures.

    make bench ARGS="--small --into DIR"   tries all of it in some minutes, with sizes that mean nothing
    make bench ARGS="cold_start money"     measures these parts alone, and prints their figures
    make bench ARGS=page                   writes the page again, from docs/performance.json
    make bench ARGS="model clicks"         runs proofs at full size: a module of this folder with a `run`
"""

import argparse
import asyncio
import importlib
import json
import pkgutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "layers" / "interlude"), str(ROOT / "functions" / "api")]  # as pytest does for the tests

from bench.report import making
from bench.sizes import FULL, SMALL

PROOFS = ("clicks", "faults", "fuzz", "long", "model", "permissions")


def main() -> None:
    present = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    proofs = [name for name in PROOFS if name in present]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Interlude.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join([*making.PARTS, 'page', *proofs])}")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to try the bench")
    parser.add_argument("--into", type=Path, default=ROOT / "docs", help="the folder of the report")
    arguments = parser.parse_args()
    sizes = SMALL if arguments.small else FULL
    if unknown := [name for name in arguments.names if name not in (*making.PARTS, "page", *proofs)]:
        parser.error(f"there is no part {unknown[0]!r}; the parts are {', '.join([*making.PARTS, 'page', *proofs])}")
    if not arguments.names:
        making.write(asyncio.run(making.measure(making.PARTS, sizes)), arguments.into)
    for name in arguments.names:
        if name == "page":
            making.write(json.loads((arguments.into / "performance.json").read_text(encoding="utf-8")), arguments.into)
        elif name in proofs:
            importlib.import_module(f"bench.{name}").run()
    if parts := [part for part in making.PARTS if part in arguments.names]:
        json.dump(asyncio.run(making.measure(parts, sizes)), sys.stdout, indent=1)


main()
