"""Whether a step's cost grows with the steps before it, with what it exports, with its reruns, and with the table."""

import asyncio
import statistics
import time
from collections import Counter
from typing import Any

from bench.figures.playing import aws, outputs, play
from bench.figures.server import start_to_third
from bench.laboratory import Laboratory
from bench.processes import usage
from bench.systems.interlude import Interlude
from bench.traffic import send

_REPETITIONS = 3
_WINDOW = 9
_RUNS = 20


async def measure(laboratory: Laboratory) -> dict[str, Any]:
    laboratory.say("  by the steps of a run")
    steps = await _by_steps(laboratory)
    laboratory.say("  by the size of an export")
    exports = await _by_exports(laboratory)
    laboratory.say("  by the reruns of a step")
    reruns = await _by_reruns(laboratory)
    laboratory.say("  by the runs in the table")
    return {"steps": steps, "exports": exports, "reruns": reruns, "rows": await _by_rows(laboratory)}


async def _by_steps(laboratory: Laboratory) -> list[dict[str, Any]]:
    """Of the last step but one of so many: plain, and looking at the exports of all before it."""
    most = max(laboratory.sizes.steps)
    plain = [await play(laboratory, steps=["plain"] * (most + 1)) for _ in range(_REPETITIONS)]
    rows = []
    for number in laboratory.sizes.steps:
        looks = [
            (await play(laboratory, steps=["plain"] * (number - 1) + ["looks", "plain"]))[-2]
            for _ in range(_REPETITIONS)
        ]
        # A window, since the clock of a process is coarse beside one step.
        near = [turn for turns in plain for turn in turns[max(0, number - _WINDOW) : number]]
        rows.append({"steps": number, "plain": _typical(near), "looks": _typical(looks)})
    return rows


async def _by_exports(laboratory: Laboratory) -> list[dict[str, Any]]:
    rows = []
    for size in laboratory.sizes.export_bytes:
        runs = [
            await play(laboratory, steps=["plain", "large", "looks", "plain"], event={"bytes": size})
            for _ in range(_REPETITIONS)
        ]
        writes, reads = [turns[1] for turns in runs], [turns[2] for turns in runs]
        rows.append({"bytes": size, "exports": _typical(writes), "looks": _typical(reads)})
    return rows


async def _by_reruns(laboratory: Laboratory) -> list[dict[str, Any]]:
    sizes = laboratory.sizes
    most = max(sizes.reruns)
    turns = await play(laboratory, steps=["counts", "plain"], event={"reruns": most}, budget_s=sizes.rerun_budget_s)
    rows = []
    for number in sizes.reruns:
        if number > len(turns):
            rows.append({"reruns": number, "left_out": f"{len(turns)} took {sizes.rerun_budget_s:.0f} s"})
        else:
            rows.append({"reruns": number, "turn": _typical(turns[max(0, number - _WINDOW) : number])})
    return rows


async def _by_rows(laboratory: Laboratory) -> list[dict[str, Any]]:
    """With finished runs in the table, each a copy of a real one: what a run, a list and a look then cost."""
    server = Interlude(laboratory.new_folder("rows"), laboratory.listener.address)
    try:
        await server.start()
        model = laboratory.new_run("rows")
        await server.begin("three", model)
        await server.ended(model)
        table = (await outputs(server.aws_endpoint))["RunsTable"]
        number, rows = 0, []
        for wanted in laboratory.sizes.rows:
            await asyncio.to_thread(_fill, server.aws_endpoint, table, server.run_id(model), number, wanted)
            number = wanted
            rows.append({"runs": wanted, **await _with_rows(laboratory, server)})
    finally:
        server.stop()
    return rows


async def _with_rows(laboratory: Laboratory, server: Interlude) -> dict[str, Any]:
    await start_to_third(laboratory, server)  # one to warm up
    before = usage(server.pids()[0])
    runs_ms = [await start_to_third(laboratory, server) for _ in range(_RUNS)]
    cpu_ms = usage(server.pids()[0]).own_cpu_ms - before.own_cpu_ms
    lists_ms = [1_000 * (await send("GET", f"{server.base_url}/runs?limit=20")).took_s for _ in range(_RUNS)]
    return {
        "start_to_third_ms": statistics.median(runs_ms),
        "server_cpu_ms_a_run": cpu_ms / _RUNS,
        "list_ms": statistics.median(lists_ms),
    }


def _fill(endpoint: str, table: str, run_id: str, first: int, end: int) -> None:
    """Adds copies of a run to the table, each under an id and a time of its own."""
    dynamodb = aws("dynamodb", endpoint)
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": f"RUN#{run_id}"}}}
    items = dynamodb.query(TableName=table, **asked)["Items"]
    made: list[Any] = []
    for number in range(first, end):
        copy = f"{run_id.rpartition('-')[0]}-{number:016x}"
        for item in items:
            at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_700_000_000 + number))
            own: dict[str, Any] = {**item, "pk": {"S": f"RUN#{copy}"}}
            if "run_id" in own:
                own |= {"run_id": {"S": copy}, "listed": {"S": f"{at}#{copy}"}, "started_at": {"S": at}}
            made.append({"PutRequest": {"Item": own}})
    for start in range(0, len(made), 25):
        dynamodb.batch_write_item(RequestItems={table: made[start : start + 25]})


def _typical(turns: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = Counter(tuple(turn["calls"]) for turn in turns)
    return {
        "cpu_ms": statistics.median(turn["cpu_ms"] for turn in turns),
        "wall_ms": statistics.median(turn["wall_ms"] for turn in turns),
        "calls": dict(Counter(kinds.most_common(1)[0][0])),
    }
