"""Runs that are long and many: thousands of turns, hundreds of waits, a hundred steps."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from interlude import clock
from interlude.aws import clients
from interlude.control import run_list
from interlude.models import Call, Cursor
from interlude.turns import ending, turn
from local.template import load
from tests.one_stack import shared
from tests.templates import PROJECT
from tests.waiting import until
from tests.workflow import world as stacks
from tests.workflow.lengths import HISTORY, events, events_of
from tests.workflow.world import World, write_template

STATES: dict[str, Any] = json.loads((PROJECT / "statemachine" / "workflow.asl.json").read_text())["States"]
DAY_MS = 86_400_000
STEPS = [f"s{number:03}" for number in range(1, 101)]
STEP = """
from tests.workflow import outside

def handler(pd):
    outside.count(pd, STEP)
    event = pd.steps["trigger"]["event"]
    if pd.context["run"]["runs"] == 1 and event.get("waits_at") == STEP:
        pd.flow.rerun(0)
    if STEP == "s100":
        return [len(step["$return_value"]) for name, step in pd.steps.items() if name != "trigger"]
    return "x" * event.get("bytes", 0)
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A stack with few workflows, one of them of a hundred steps."""
    folder = tmp_path_factory.mktemp("long")
    for workflow in ("lasting", "asking"):
        shutil.copytree(stacks.STEPS / workflow, folder / workflow)
    (folder / "hundred").mkdir()
    for step in STEPS:
        (folder / "hundred" / f"{step}.py").write_text(STEP.replace("STEP", repr(step)), encoding="utf-8")
    named = {"lasting": ["poll", "tell"], "asking": ["ask", "tell"], "hundred": STEPS}
    return shared("long", lambda: stacks.deployed(write_template(folder, named, folder)))


def test_an_execution_ends_below_25_000_events_whatever_has_to_be_tried_again():
    """85 turns of the longest kind, in each of which Lambda and DynamoDB fail as often as they may."""
    turn_at_its_longest = sum(events(STATES[name], every_retry=True) for name in ("Run step", "Route", "Park"))
    around = sum(events(state, every_retry=True) for name, state in STATES.items() if name not in ("Run step", "Park"))

    assert sum(events(STATES[name]) for name in ("Run step", "Route", "Park")) == 13
    assert turn_at_its_longest == 281
    assert turn.TURNS_PER_EXECUTION == 85
    assert 2 + 85 * turn_at_its_longest + around == 24_137 < HISTORY


@pytest.mark.proof
def test_a_poll_crosses_executions_of_their_full_length(world: World):
    """Two executions, one run. It leaves its own item and one for each step, however often it has been rerun."""
    run_id = world.start("lasting", {"reruns": 95})
    until(lambda: world.calls_of(run_id, "tell"))

    view = world.ended(run_id)
    assert (view["status"], view["steps"][0]["runs"], view["credits"]) == ("succeeded", 96, 96)
    assert view["steps"][1]["exports"]["$return_value"] == {"poll": 95, "pinned": "1"}
    executions = world.executions_of(run_id)
    assert [world.entered_by(each).count("Run step") for each in executions] == [85, 13]
    assert events_of(world.entered_by(executions[0]), STATES) == 611
    assert world.keys(run_id) == ["RUN", "STEP#0000", "STEP#0001"]


def test_reading_a_run_reads_none_of_its_waits(world: World):
    """Each rerun whose links were kept has left one; the run is told of by its own item and its steps'."""
    run_id = world.start("lasting", {"reruns": 30, "keeps_links": True})
    until(lambda: world.calls_of(run_id, "tell"))
    world.ended(run_id)
    scanned: list[int] = []
    hook = "after-call.dynamodb.Query"

    def note(parsed: dict[str, Any], **_: Any) -> None:
        scanned.append(parsed["ScannedCount"])

    clients.client("dynamodb").meta.events.register(hook, note)
    view = world.describe(run_id)
    clients.client("dynamodb").meta.events.unregister(hook, note)

    assert (view["steps"][0]["runs"], scanned) == (31, [3])
    assert len([key for key in world.keys(run_id) if key.startswith("WAIT#")]) == 30


@pytest.mark.parametrize("number", [20, pytest.param(100, marks=pytest.mark.proof)])
def test_runs_that_wait_at_once_are_each_resumed_once_with_their_own_data(world: World, number: int):
    """Clicked in another order than they began in, from four threads. A list of those that wait has all of them."""
    runs = [world.start("asking") for _ in range(number)]
    until(lambda: len(paused(world, "asking")) == number)
    assert sorted(paused(world, "asking")) == sorted(runs)
    links = {run_id: world.describe(run_id)["wait"]["resume_url"] for run_id in runs}

    clicks = sorted(runs, key=lambda run_id: run_id[-16:])
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda run_id: world.open(links[run_id], {"own": run_id}), clicks))

    assert all(answer.first for answer in answers)
    until(lambda: not world.executions("asking", "RUNNING"))
    for run_id in runs:
        told = world.describe(run_id)["steps"][1]["exports"]["$return_value"]
        assert told["resume"] == {"own": run_id}
        assert world.calls_of(run_id, "ask") == 1
    assert paused(world, "asking") == []


def paused(world: World, workflow: str) -> list[str]:
    """What GET /runs?status=paused lists in pages of 20."""
    found: list[str] = []
    before = ""
    with world.as_function("interlude-api"):
        while page := run_list.list_runs([workflow], "paused", 20, before):
            found += [run.run_id for run in page]
            before = page[-1].listed
    return found


@pytest.mark.proof
def test_a_workflow_may_have_a_hundred_steps(world: World):
    """It stays far below 262,144 bytes for the data of a state, 1 MB for a definition and 400 KB for an item. The last
    step reads what all others exported, one request for each megabyte of it.
    """
    run_id = world.start("hundred", {"bytes": 25_000, "waits_at": "s100"})
    until(lambda: world.calls_of(run_id, "s100") == 2)

    view = world.ended(run_id)
    assert view["status"] == "succeeded"
    assert view["steps"][99]["exports"]["$return_value"] == [25_000] * 99
    assert world.requests(run_id)[1] == ["BatchGetItem", "Query", "PutItem"]
    assert world.requests(run_id)[-1] == ["BatchGetItem", "UpdateItem", *["Query"] * 3, "TransactWriteItems"]
    texts = [text for event in world.history(world.execution(run_id)) for text in data_of(event)]
    assert 8_000 < max(map(len, texts)) < 20_000
    machine = world.sfn.describe_state_machine(stateMachineArn=world.stack.state_machines["interlude-hundred"])
    assert len(machine["definition"]) < 40_000
    assert len(world.item(run_id)["steps"]["S"]) < 10_000


def data_of(event: dict[str, Any]) -> Iterator[str]:
    for details in event.values():
        if isinstance(details, dict):
            yield from (details[key] for key in ("input", "output", "parameters") if key in details)


@pytest.mark.parametrize("character", ['"', "\\", "\x01", "é", "x"], ids=ascii)
def test_the_largest_event_that_travels_as_input_stays_below_262_144_bytes_wherever_it_is_escaped(
    world: World, character: str
):
    """64,000 bytes of JSON. One character more, and a pointer travels in its place."""
    length = (64_000 - len('{"text":""}')) // len(json.dumps(character, ensure_ascii=False)[1:-1].encode())
    inline, pointed = (world.start("asking", {"text": character * each}) for each in (length, length + 1))
    for run_id in (inline, pointed):
        until(lambda run_id=run_id: "turn" in world.item(run_id, "STEP#0000"))
    world.stop(inline)
    world.stop(pointed)

    largest = max(len(text.encode()) for event in world.history(world.execution(inline)) for text in data_of(event))
    assert 63_900 < largest < 262_144
    given = world.sfn.describe_execution(executionArn=world.execution(pointed))["input"]
    assert list(json.loads(given)) == ["interlude_event"]
    assert world.describe(pointed)["trigger"]["event"] == {"text": character * (length + 1)}


def test_a_hundred_steps_fit_into_one_stack(tmp_path: Path, deployed: World):
    """500 resources and 1 MB are what CloudFormation takes; a step is 4 resources, a workflow 2."""
    code = Path(deployed.stack.functions["interlude-hundred-s001"].folder).parent

    without, with_hundred = (
        load(write_template(tmp_path, workflows, code), {"NotifyAddress": "a@example.com"}, "us-east-1").template
        for workflows in ({}, {"hundred": STEPS})
    )

    assert len(with_hundred["Resources"]) - len(without["Resources"]) == 402
    assert len(with_hundred["Resources"]) <= 500
    assert len(json.dumps(with_hundred)) < 1_000_000


@pytest.mark.parametrize(("age_days", "comes_next"), [(59, "park"), (60, "park"), (61, "roll")])
def test_a_wait_rolls_over_first_where_its_execution_would_not_outlive_it(
    monkeypatch: pytest.MonkeyPatch, age_days: int, comes_next: str
):
    """A year is what an execution has: 300 days are its longest timer, and 60 days of age leave them."""
    monkeypatch.setattr(clock, "now_ms", lambda: clock.from_iso("2026-11-22T12:00:00.000Z"))
    started = clock.iso(clock.from_iso("2026-11-22T12:00:00.000Z") - age_days * DAY_MS)
    at = Cursor(0, 1, 1, "continue", "", 0, "", 0, "0")
    call = Call("run", "asking", "ask", 2, "arn", started, at)

    answer = ending.wait_for(call, True, 400 * 86_400, wait="0.1")

    assert (answer.next, answer.seconds, answer.wait) == (comes_next, 300 * 86_400, "0.1")
    assert answer.after == ("park" if comes_next == "roll" else "")
