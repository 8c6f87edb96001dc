"""Runs that are long and many, at full size: a poll of 10,000 reruns, 1,000 runs that wait at once. For people to read;
what must hold is asserted.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from interlude.control import run_list
from interlude.run import store
from tests.templates import PROJECT
from tests.waiting import until
from tests.workflow.lengths import HISTORY, events_of
from tests.workflow.world import World, deployed, write_template

RERUNS = 10_000
WAITING = 1_000
STATES = json.loads((PROJECT / "statemachine" / "workflow.asl.json").read_text(encoding="utf-8"))["States"]


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = write_template(Path(folder), {"lasting": ["poll", "tell"], "asking": ["ask", "tell"]})
        with deployed(template) as world:
            poll(world, keeps_links=False)
            poll(world, keeps_links=True)
            wait(world)


def poll(world: World, *, keeps_links: bool) -> None:
    started = time.perf_counter()
    run_id = world.start("lasting", {"reruns": RERUNS, "keeps_links": keeps_links})
    until(lambda: world.calls_of(run_id, "tell"))
    view = world.ended(run_id)
    took = time.perf_counter() - started
    assert (view["status"], view["steps"][0]["runs"]) == ("succeeded", RERUNS + 1), view
    assert view["steps"][1]["exports"]["$return_value"] == {"poll": RERUNS, "pinned": "1"}

    executions = world.executions_of(run_id)
    entered = [world.entered_by(execution) for execution in executions]
    longest = max(events_of(each, STATES) for each in entered)
    assert longest < HISTORY
    states = Counter(state for each in entered for state in each)
    kind = "are opened" if keeps_links else "are thrown away"
    print(f"a poll of {RERUNS:,} reruns whose links {kind}: {took:,.0f} s, {1000 * took / RERUNS:.0f} ms each")
    transitions = sum(states.values()) / RERUNS
    print(f"  {len(executions)} executions of up to {longest:,} events; {transitions:.2f} transitions a rerun")
    print(f"  {dict(states)}")
    print(
        f"  {sum(map(len, world.requests(run_id))) / RERUNS:.2f} DynamoDB requests a rerun; credits {view['credits']:,}"
    )
    read = timed(lambda: world.describe(run_id))
    items = Counter(key.partition("#")[0] for key in world.keys(run_id))
    print(f"  leaves {dict(items)}; is read in {1000 * read:.0f} ms")
    world.dynamodb.delete_item(TableName=world.table, Key={"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "RUN"}})
    with world.as_function("interlude-wakeups"):
        forgotten = timed(lambda: store.forget(run_id))
    assert world.keys(run_id) == []
    print(f"  what it leaves is deleted in {forgotten:.1f} s")


def wait(world: World) -> None:
    started = time.perf_counter()
    runs = [world.start("asking") for _ in range(WAITING)]
    until(lambda: len(listed(world)) == WAITING)
    assert sorted(listed(world)) == sorted(runs)
    paused = time.perf_counter() - started
    links = {run_id: world.describe(run_id)["wait"]["resume_url"] for run_id in runs}
    started = time.perf_counter()
    clicks = sorted(runs, key=lambda run_id: run_id[-16:])
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda run_id: world.open(links[run_id], {"own": run_id}), clicks))
    until(lambda: not world.executions("asking", "RUNNING"))
    resumed = time.perf_counter() - started
    own = [world.describe(run_id)["steps"][1]["exports"]["$return_value"]["resume"]["own"] for run_id in runs]
    assert own == runs
    assert all(answer.first for answer in answers)
    assert {world.calls_of(run_id, "ask") for run_id in runs} == {1}
    print(f"{WAITING:,} runs that wait at once: {paused:.0f} s until all do")
    print(f"  {resumed:.0f} s until all are resumed, once each and with their own data")


def listed(world: World) -> list[str]:
    found: list[str] = []
    before = ""
    with world.as_function("interlude-api"):
        while page := run_list.list_runs(["asking"], "paused", 100, before):
            found += [run.run_id for run in page]
            before = page[-1].listed
    return found


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
