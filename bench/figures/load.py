"""Runs that wait at once on the local server, and what the server's CPU and memory are before and after all of them."""

import asyncio
import time
from typing import Any

from bench.figures.peers import latencies_of
from bench.figures.server import start_to_third
from bench.laboratory import Laboratory
from bench.processes import usage
from bench.spread import spread
from bench.systems.interlude import Interlude
from bench.systems.peers import Restate
from bench.systems.system import System, resume

_CLIENTS = 32
"""Requests under way at the same time."""


async def measure(laboratory: Laboratory) -> dict[str, Any]:
    server = await laboratory.interlude()
    laboratory.say("  CPU of a three-step run, before")
    before = await _cost(laboratory, server)
    finished_before, rss_before = len(laboratory.listener.hits), usage(server.pids()[0]).own_rss_bytes
    waits: list[dict[str, Any]] = []
    for number in laboratory.sizes.waits:
        if reason := _too_long(laboratory, waits, number):
            waits.append({"waits": number, "left_out": reason})
            continue
        laboratory.say(f"  {number:,} waits at once")
        waits.append(await _wait_or_reason(laboratory, server, number))
    finished = sum(each.get("waits", 0) for each in waits if "left_out" not in each)
    laboratory.say(f"  CPU of a three-step run, after {finished:,} more")
    rss_after = usage(server.pids()[0]).own_rss_bytes
    after = await _cost(laboratory, server)
    systems: list[System] = [server]
    if (restate := await laboratory.peer(Restate)) is not None:
        systems.append(restate)
    return {
        "before": before,
        "waits": waits,
        "after": after,
        "finished_runs": finished,
        "rss_bytes_a_finished_run": (rss_after - rss_before) / finished if finished else None,
        "steps_heard_before": finished_before,
        "latencies_after": await latencies_of(laboratory, systems),
    }


async def _cost(laboratory: Laboratory, server: Interlude) -> dict[str, Any]:
    """Server CPU for a three-step run, in batches of runs one after another."""
    runs = laboratory.sizes.cost_runs
    for _ in range(3):
        await start_to_third(laboratory, server)
    own, functions, thirds = [], [], []
    for _ in range(laboratory.sizes.cost_batches):
        used = usage(server.pids()[0])
        thirds += [await start_to_third(laboratory, server) for _ in range(runs)]
        since = usage(server.pids()[0])
        own.append((since.own_cpu_ms - used.own_cpu_ms) / runs)
        functions.append((since.tree_cpu_ms - used.tree_cpu_ms) / runs)
    return {
        "server_cpu_ms_a_run": spread(own),
        "server_and_functions_cpu_ms_a_run": spread(functions),
        "start_to_third_ms": spread(thirds),
    }


def _too_long(laboratory: Laboratory, waits: list[dict[str, Any]], number: int) -> str:
    before = waits[-1] if waits else None
    if before is None:
        return ""
    if "left_out" in before:
        return "the number before could not be measured"
    took_s = before["start_all_s"] + before["resume_all_s"]
    if took_s * number / before["waits"] > laboratory.sizes.waits_budget_s:
        return f"{before['waits']:,} took {took_s:.0f} s already"
    return ""


async def _wait_or_reason(laboratory: Laboratory, server: Interlude, number: int) -> dict[str, Any]:
    try:
        return await _wait(laboratory, server, number)
    except (TimeoutError, OSError, RuntimeError) as error:
        return {"waits": number, "left_out": str(error)}


async def _wait(laboratory: Laboratory, server: Interlude, number: int) -> dict[str, Any]:
    runs = [laboratory.new_run("wait") for _ in range(number)]
    listener = laboratory.listener
    idle = usage(server.pids()[0])
    started = time.perf_counter()

    async def begin(run: str) -> None:
        await server.begin("asking", run)

    await _each(begin, runs)
    asked = dict(zip(runs, await asyncio.gather(*(listener.hit(run, "ask") for run in runs)), strict=True))
    start_all_s = max(hit.at_s for hit in asked.values()) - started
    while await server.count("asking", "paused", number) < number:
        await asyncio.sleep(1)
    waiting = usage(server.pids()[0])

    accepted_ms: list[float] = []

    async def end(run: str) -> None:
        accepted_ms.append(1_000 * (await resume(server, asked[run])).took_s)

    started = time.perf_counter()
    await _each(end, runs)
    hits = await asyncio.gather(*(listener.hit(run, "answer") for run in runs))
    resume_all_s = max(hit.at_s for hit in hits) - started
    while await server.count("asking", "succeeded", number) < number:
        await asyncio.sleep(1)
    once = sum(len(listener.hits[run, "answer"]) == 1 and len(listener.hits[run, "ask"]) == 1 for run in runs)
    return {
        "waits": number,
        "start_all_s": start_all_s,
        "resume_all_s": resume_all_s,
        "resume_ms_each": 1_000 * resume_all_s / number,
        "acceptance_ms": spread(accepted_ms),
        "resumed_once": once,
        "server_rss_bytes": waiting.own_rss_bytes,
        "server_rss_bytes_idle": idle.own_rss_bytes,
        "tree_rss_bytes": waiting.tree_rss_bytes,
        "server_threads": waiting.own_threads,
        "server_threads_idle": idle.own_threads,
        "processes": waiting.processes,
        "server_rss_bytes_after": usage(server.pids()[0]).own_rss_bytes,
    }


async def _each(action: Any, runs: list[str]) -> None:
    """Does it for all, some at a time: clicks of many people, not one burst."""
    free = asyncio.Semaphore(_CLIENTS)

    async def one(run: str) -> None:
        async with free:
            await action(run)

    await asyncio.gather(*(one(run) for run in runs))
