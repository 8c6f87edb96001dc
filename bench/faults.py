"""The fault injection, whole: every order of every scenario, and one fault at every place of each order."""

import contextlib
import io
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATHS = [str(ROOT / folder) for folder in ("layers/interlude", "functions/api", ".")]


def run() -> None:
    sys.path[:0] = PATHS
    from tests.faults.scenarios import SCENARIOS

    started, total, broken = time.perf_counter(), Counter[str](), 0
    names = [scenario.name for scenario in SCENARIOS]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as processes:
        for name, counts, reports in processes.map(_all_of, names):
            total += counts
            broken += len(reports)
            told = f"{counts['schedules']:6} schedules, {counts['faults']:6} with a fault, {len(reports):4} broken"
            print(f"{name:<40} {told}", flush=True)
            for report in reports[:3]:
                print(report)
    print(
        f"{len(names)} scenarios, {total['schedules']} schedules, {total['calls']} calls ordered, "
        f"{total['faults']} with a fault (kills {total['!'] + total['-']}, kills and called again {total['*']}, "
        f"calls repeated by the SDK {total['+']}), {broken} with an invariant broken, "
        f"{time.perf_counter() - started:.0f} s"
    )
    if broken:
        sys.exit(1)


def _all_of(name: str) -> tuple[str, Counter[str], list[str]]:
    sys.path[:0] = PATHS
    from tests.faults.running import Suite
    from tests.faults.schedule import SIGNS, Bounds

    counts, reports = Counter[str](), []
    # Steps print the errors that they are meant to raise.
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()), Suite.begun() as suite:
        for played in suite.theatre(name).all(Bounds()):
            signs = [move[-1] for move, _ in played.moves if move[-1] in SIGNS]
            counts.update(["schedules", *signs, *(["faults"] if signs else [])])
            counts["calls"] += len(played.moves)
            if played.wrong:
                reports.append(played.report)
    return name, counts, reports
