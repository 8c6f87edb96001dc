"""The smallest measurements of a system: one run, one callback, many runs at once."""

import asyncio
import time
from typing import Any

from bench.laboratory import Laboratory
from bench.systems.system import System, resume


async def start_to_third(laboratory: Laboratory, system: System) -> float:
    """Milliseconds from the request that starts a run to the call of its third step."""
    run = laboratory.new_run("three")
    started = time.perf_counter()
    await system.begin("three", run)
    return 1_000 * ((await laboratory.listener.hit(run, "three")).at_s - started)


async def callback_to_next(laboratory: Laboratory, system: System) -> float:
    """Milliseconds from the callback of a run that waits to the call of its next step."""
    run = laboratory.new_run("asking")
    await system.begin("asking", run)
    asked = await laboratory.listener.hit(run, "ask")
    await system.paused(run)
    started = time.perf_counter()
    await resume(system, asked)
    return 1_000 * ((await laboratory.listener.hit(run, "answer")).at_s - started)


async def burst(laboratory: Laboratory, system: System, number: int, patience_s: float) -> dict[str, Any]:
    """So many three-step runs, started at the same moment: until the last third step, and the slowest acceptance."""
    runs = [laboratory.new_run("burst") for _ in range(number)]
    started = time.perf_counter()
    accepted = await asyncio.gather(*(system.begin("three", run) for run in runs))
    hits = await asyncio.gather(*(laboratory.listener.hit(run, "three", patience_s) for run in runs))
    twice = sum(len(laboratory.listener.hits[run, "three"]) > 1 for run in runs)
    return {
        "all_ms": 1_000 * (max(hit.at_s for hit in hits) - started),
        "slowest_acceptance_ms": 1_000 * max(answer.took_s for answer in accepted),
        "third_steps_run_twice": twice,
    }
