"""The same two workflows on Interlude and on its peers: callback to next step, start to third step, many at once.

All systems are up at the same time, and each repetition asks all of them, in another order.
"""

import asyncio
import statistics
from typing import Any

from bench.figures.server import burst, callback_to_next, start_to_third
from bench.laboratory import Laboratory
from bench.processes import usage
from bench.spread import spread
from bench.systems.peers import PEERS, Restate
from bench.systems.system import System

_WARM_UP = 3


async def measure(laboratory: Laboratory) -> dict[str, Any]:
    found = [await laboratory.interlude(), *[await laboratory.peer(kind) for kind in PEERS]]
    systems: list[System] = [system for system in found if system is not None]
    idle = {system.name: await _idle(laboratory, system) for system in systems}
    latencies = await latencies_of(laboratory, systems)
    slowness: dict[str, tuple[int, float]] = {}
    # Once, uncounted: processes are started, pools are filled, and how slow a system is shows.
    await _bursts(laboratory, systems, laboratory.sizes.burst_warm_up, slowness, 1)
    bursts = [
        await _bursts(laboratory, systems, number, slowness, laboratory.sizes.burst_repetitions)
        for number in laboratory.sizes.bursts
    ]
    for system in systems:
        if system.name not in ("Interlude", Restate.name):  # these two are asked again when the table is full
            laboratory.stop(system.name)
    return {
        "systems": [{"name": each.name, "note": each.note, "idle_cpu_percent": idle[each.name]} for each in systems],
        "missing": {kind.name: laboratory.missing[kind.name] for kind in PEERS if kind.name in laboratory.missing},
        "latencies": latencies,
        "bursts": bursts,
    }


async def latencies_of(laboratory: Laboratory, systems: list[System]) -> dict[str, Any]:
    measured: dict[str, dict[str, list[float]]] = {
        system.name: {"callback_to_next_ms": [], "start_to_third_ms": []} for system in systems
    }
    failed: dict[str, str] = {}
    for repetition in range(-_WARM_UP, laboratory.sizes.latencies):
        for system in _rotated(systems, repetition):
            if system.name in failed:
                continue
            try:
                callback_ms = await callback_to_next(laboratory, system)
                third_ms = await start_to_third(laboratory, system)
            except (TimeoutError, OSError, RuntimeError) as error:
                failed[system.name] = str(error)
                continue
            if repetition >= 0:
                measured[system.name]["callback_to_next_ms"].append(callback_ms)
                measured[system.name]["start_to_third_ms"].append(third_ms)
    return {
        "failed": failed,
        **{
            what: [
                {"name": name, **_row(values[what], measured.get(Restate.name, {}).get(what, []))}
                for name, values in measured.items()
                if values[what]
            ]
            for what in ("callback_to_next_ms", "start_to_third_ms")
        },
    }


def _row(values: list[float], restate: list[float]) -> dict[str, Any]:
    """Spread, and the median of the ratios to Restate in the same repetition."""
    ratio = {"ratio_to_restate": statistics.median(values) / statistics.median(restate)} if restate else {}
    return {"spread": spread(values), **ratio}


async def _idle(laboratory: Laboratory, system: System) -> float:
    """CPU of a system that has nothing to do, in percent of one core."""
    before = [usage(pid).tree_cpu_ms for pid in system.pids()]
    await asyncio.sleep(laboratory.sizes.idle_s)
    after = [usage(pid).tree_cpu_ms for pid in system.pids()]
    return 100 * (sum(after) - sum(before)) / (1_000 * laboratory.sizes.idle_s)


async def _bursts(
    laboratory: Laboratory,
    systems: list[System],
    number: int,
    slowness: dict[str, tuple[int, float]],
    repetitions: int,
) -> dict[str, Any]:
    """`slowness` is the number and the milliseconds of each system's last burst."""
    budget_ms = 1_000 * laboratory.sizes.burst_budget_s
    measured: dict[str, list[dict[str, Any]]] = {system.name: [] for system in systems}
    left_out: dict[str, str] = {}
    for repetition in range(repetitions):
        for system in _rotated(systems, repetition):
            before, took_ms = slowness.get(system.name, (number, 0.0))
            if took_ms * number / before > budget_ms:
                if not measured[system.name]:
                    left_out.setdefault(system.name, f"{before:,} at once took {took_ms / 1_000:.1f} s")
                continue
            try:
                seen = await burst(laboratory, system, number, 3 * laboratory.sizes.burst_budget_s)
            except (TimeoutError, OSError, RuntimeError) as error:
                left_out[system.name] = str(error)
                slowness[system.name] = (number, float("inf"))
                laboratory.say(f"  {system.name}, {number:,} at once: {error}")
                continue
            laboratory.say(f"  {system.name}, {number:,} at once: {seen['all_ms']:.0f} ms")
            measured[system.name].append(seen)
            slowness[system.name] = (number, seen["all_ms"])
    restate = statistics.median(each["all_ms"] for each in measured[Restate.name]) if measured.get(Restate.name) else 0
    rows = [_burst_row(name, seen, restate) for name, seen in measured.items() if seen]
    return {"number": number, "systems": rows, "left_out": left_out}


def _burst_row(name: str, seen: list[dict[str, Any]], restate_ms: float) -> dict[str, Any]:
    all_ms = [each["all_ms"] for each in seen]
    return {
        "name": name,
        "all_ms": spread(all_ms),
        "slowest_acceptance_ms": spread([each["slowest_acceptance_ms"] for each in seen]),
        "third_steps_run_twice": sum(each["third_steps_run_twice"] for each in seen),
        **({"ratio_to_restate": statistics.median(all_ms) / restate_ms} if restate_ms else {}),
    }


def _rotated(systems: list[System], by: int) -> list[System]:
    first = by % len(systems)
    return systems[first:] + systems[:first]
