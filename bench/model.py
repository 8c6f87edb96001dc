"""The model with larger bounds, and the real code on more of its ways."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from tests.model.life import live
from tests.model.playing import playing
from tests.model.scenarios import LARGE, SMALL
from tests.model.search import search
from tests.model.walk import follow, ways

DRAWN = 200
LIVES = 200


@contextmanager
def _unheard() -> Iterator[None]:
    """Inside, nobody hears what the functions log."""
    with Path(os.devnull).open("w") as nobody, redirect_stdout(nobody), redirect_stderr(nobody):
        yield


def run() -> None:
    states = transitions = 0
    for name, scenario in {**SMALL, **LARGE}.items():
        started = time.perf_counter()
        found = search(scenario, most=5_000_000)
        print(f"model: {name}: {found}, {time.perf_counter() - started:.1f} s", flush=True)
        states, transitions = states + found.states, transitions + found.transitions
        assert not found.broken
    print(f"model: {states:,} states, {transitions:,} transitions, no promise broken")
    taken = ways([*SMALL.values(), *LARGE.values()], DRAWN)
    with _unheard(), playing() as begin:
        for each in taken:
            follow(*each, begin)
    print(
        f"model: the code went {len(taken)} ways of {sum(len(moves) for _, moves in taken):,} effects as the model does"
    )
    started = time.perf_counter()
    with _unheard():
        live(LIVES, steps=50)
    print(f"model: {LIVES} lives of up to 50 moves each in {time.perf_counter() - started:.0f} s, no promise broken")
