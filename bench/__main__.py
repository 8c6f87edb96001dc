"""The bench: `make bench` measures everything, and writes docs/performance.md with its plots and figures.

make bench ARGS="--small --into DIR"   tries all of it in some minutes, with sizes that mean nothing
make bench ARGS="cold_start money"     measures these parts alone, and prints their figures
make bench ARGS=page                   writes the page again, from docs/performance.json
make bench ARGS="model clicks"         runs other parts: each a module of this folder with a `run`
"""

import argparse
import asyncio
import importlib
import json
import resource
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "layers" / "interlude"), str(ROOT / "functions" / "api")]  # as pytest does for the tests

from bench.report import making  # noqa: E402  # what it imports is found by these paths
from bench.sizes import FULL, SMALL  # noqa: E402


def others() -> list[str]:
    """The modules of this folder that are parts of their own."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem for file in files if "\ndef run()" in file.read_text(encoding="utf-8"))


def main() -> None:
    # A thousand requests at once are two thousand connections here.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    names = [*making.PARTS, "page", *others()]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Interlude.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to try the bench")
    parser.add_argument("--into", type=Path, default=ROOT / "docs", help="the folder of the report")
    arguments = parser.parse_args()
    sizes = SMALL if arguments.small else FULL
    if unknown := [name for name in arguments.names if name not in names]:
        parser.error(f"there is no part {unknown[0]!r}; the parts are {', '.join(names)}")
    if not arguments.names:
        making.write(asyncio.run(making.measure(making.PARTS, sizes)), arguments.into)
    for name in arguments.names:
        if name == "page":
            making.write(json.loads((arguments.into / "performance.json").read_text(encoding="utf-8")), arguments.into)
        elif name not in making.PARTS:
            importlib.import_module(f"bench.{name}").run()
    if parts := [part for part in making.PARTS if part in arguments.names]:
        json.dump(asyncio.run(making.measure(parts, sizes)), sys.stdout, indent=1)


main()
