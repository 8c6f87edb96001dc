"""What the stack tells CloudWatch: runs that failed and were cancelled, and runs that wait."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from interlude import clock
from interlude.aws import clients
from interlude.control import watch
from local import moto_differences
from tests.waiting import until
from tests.workflow.test_failures import tell_again
from tests.workflow.world import World

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOW_MS = 1_763_849_640_000


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def metrics(text: str) -> list[dict[str, Any]]:
    """The lines that CloudWatch reads as metrics, each checked against what it says of itself."""
    found = [line for line in lines(text) if "_aws" in line]
    for line in found:
        [described] = line["_aws"]["CloudWatchMetrics"]
        assert described["Namespace"] == "Interlude"
        assert isinstance(line["_aws"]["Timestamp"], int)
        for name in [name for names in described["Dimensions"] for name in names]:
            assert isinstance(line[name], str)
            assert line[name]
        for metric in described["Metrics"]:
            assert isinstance(line[metric["Name"]], int | float)
    return found


@pytest.fixture
def waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The stack at a time of its own, in which nothing waits but what a test puts there."""
    made = world.dynamodb.scan(TableName=world.table, IndexName="runs-waiting")["Items"]
    for item in made:
        remove(world, item)
    monkeypatch.setattr(clock, "now_ms", lambda: NOW_MS)
    yield world
    for item in world.dynamodb.scan(TableName=world.table, IndexName="runs-waiting")["Items"]:
        remove(world, item)


def remove(world: World, item: dict[str, Any]) -> None:
    world.dynamodb.delete_item(TableName=world.table, Key={name: item[name] for name in ("pk", "sk")})


def put(world: World, number: int, kind: str, age_ms: int, left_ms: int) -> str:
    """A run that waits for so long already, and for so long still."""
    run_id = f"watched-{number:03d}"
    item = {
        "pk": f"RUN#{run_id}", "sk": "RUN", "run_id": run_id, "workflow": "asking", "waiting": "asking",
        "status": "paused", "listed": f"2025#{run_id}", "started_at": "2025", "wait_kind": kind,
        "wait_since": clock.iso(NOW_MS - age_ms), "wait_until": clock.iso(NOW_MS + left_ms),
    }  # fmt: skip
    world.dynamodb.put_item(TableName=world.table, Item={name: {"S": value} for name, value in item.items()})
    return run_id


def look(world: World, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The metrics of one look, and the runs that it names."""
    capsys.readouterr()
    with world.as_function("interlude-watch"):
        watch.look()
    text = capsys.readouterr().out
    found = metrics(text)
    assert len(found) <= 1
    return found[0] if found else {}, [line for line in lines(text) if "_aws" not in line]


def values(line: dict[str, Any]) -> dict[str, float]:
    return {each["Name"]: line[each["Name"]] for each in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}


def test_where_nothing_waits_nothing_is_published(waiting: World, capsys: pytest.CaptureFixture[str]):
    """One request, no line: a metric costs in the hours in which it is sent."""
    requests: list[str] = []

    def note(operation_name: str, **_: Any) -> None:
        requests.append(operation_name)

    emitter = clients.client("dynamodb").meta.events
    emitter.register("request-created", note)
    try:
        told = look(waiting, capsys)
    finally:
        emitter.unregister("request-created", note)

    assert told == ({}, [])
    assert requests == ["Scan"]


def test_waits_are_counted_and_the_oldest_is_told(waiting: World, capsys: pytest.CaptureFixture[str]):
    """Of the whole stack; what is 0 is left out."""
    put(waiting, 1, "suspend", age_ms=3 * DAY_MS, left_ms=4 * DAY_MS)
    put(waiting, 2, "delay", age_ms=6 * HOUR_MS, left_ms=1000)
    put(waiting, 3, "rerun", age_ms=1000, left_ms=1000)

    line, named = look(waiting, capsys)

    assert values(line) == {"RunsWaiting": 3, "OldestWaitDays": 3.0}
    assert line["Stack"] == "interlude"
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Stack"]]
    assert named == []


def test_a_suspend_with_a_tenth_of_its_time_left_is_near_its_end(waiting: World, capsys: pytest.CaptureFixture[str]):
    """A long one earlier than a short one. Its run is named, with the time."""
    put(waiting, 1, "suspend", age_ms=9 * HOUR_MS - 1000, left_ms=HOUR_MS + 1000)
    near = put(waiting, 2, "suspend", age_ms=9 * HOUR_MS + 1000, left_ms=HOUR_MS - 1000)
    put(waiting, 3, "delay", age_ms=9 * HOUR_MS + 1000, left_ms=HOUR_MS - 1000)

    line, [named] = look(waiting, capsys)

    assert values(line) == {"RunsWaiting": 3, "OldestWaitDays": 0.375, "WaitsNearDeadline": 1}
    assert (named["run_id"], named["workflow"], named["level"]) == (near, "asking", "WARNING")
    assert named["until"] == clock.iso(NOW_MS + HOUR_MS - 1000)


@pytest.mark.parametrize("kind", ["suspend", "delay", "rerun", "retry"])
def test_a_wait_that_goes_on_for_an_hour_after_its_time_is_told_as_stuck(
    waiting: World, capsys: pytest.CaptureFixture[str], kind: str
):
    """Of any kind; it is not near its end as well."""
    put(waiting, 1, kind, age_ms=DAY_MS, left_ms=-HOUR_MS)
    stuck = put(waiting, 2, kind, age_ms=DAY_MS, left_ms=-HOUR_MS - 1)

    line, named = look(waiting, capsys)

    assert values(line)["WaitsOverdue"] == 1
    assert [each["run_id"] for each in named if each["level"] == "ERROR"] == [stuck]
    assert values(line).get("WaitsNearDeadline", 0) == (1 if kind == "suspend" else 0)


def test_not_more_than_twenty_runs_are_named(waiting: World, capsys: pytest.CaptureFixture[str]):
    """Those that end first; all are counted, over pages."""
    for number in range(30):
        put(waiting, number, "suspend", age_ms=DAY_MS, left_ms=1000 * (number + 1))

    line, named = look(waiting, capsys)

    assert values(line)["WaitsNearDeadline"] == 30
    assert [each["run_id"] for each in named] == [f"watched-{number:03d}" for number in range(20)]


def test_waits_that_are_not_named_are_not_kept_in_memory(
    waiting: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """There may be a million of them, and the function has 256 MB."""
    kept, most = 0, 0

    class Counted(watch.Waiting):
        """A wait that counts how many of it there are."""

        def __del__(self) -> None:
            nonlocal kept
            kept -= 1

    def waits() -> Iterator[watch.Waiting]:
        nonlocal kept, most
        for number in range(1_000):
            kept += 1
            most = max(most, kept)
            yield Counted(f"run-{number}", "asking", "suspend", NOW_MS - DAY_MS, NOW_MS + 1000 * (1_000 - number))

    monkeypatch.setattr(watch, "_waiting", waits)
    line, named = look(waiting, capsys)

    assert values(line)["WaitsNearDeadline"] == 1_000
    assert [each["run_id"] for each in named] == [f"run-{number}" for number in range(999, 979, -1)]
    assert most <= watch.NAMED + 2


def test_a_run_that_paused_on_an_older_layer_is_left_out(waiting: World, capsys: pytest.CaptureFixture[str]):
    """It tells no times, and must not keep the others from being looked at."""
    put(waiting, 1, "suspend", age_ms=DAY_MS, left_ms=DAY_MS)
    put(waiting, 2, "suspend", age_ms=DAY_MS, left_ms=DAY_MS)
    key = {"pk": {"S": "RUN#watched-001"}, "sk": {"S": "RUN"}}
    waiting.dynamodb.update_item(
        TableName=waiting.table, Key=key, UpdateExpression="REMOVE wait_kind, wait_since, wait_until"
    )

    line, _ = look(waiting, capsys)

    assert values(line)["RunsWaiting"] == 1


def test_a_run_that_pauses_is_one_of_them_and_no_longer_when_it_goes_on(
    world: World, capsys: pytest.CaptureFixture[str]
):
    """Its item has the kind and the times of its wait, as the wait itself tells them."""
    run_id = world.start("asking", {"timeout_ms": DAY_MS})
    wait = world.paused(run_id)["wait"]
    item = world.item(run_id)
    before, _ = look(world, capsys)
    world.open(wait["resume_url"])
    world.ended(run_id)
    after, _ = look(world, capsys)

    assert [item[name]["S"] for name in ("wait_kind", "wait_since", "wait_until")] == [
        "suspend",
        wait["since"],
        wait["until"],
    ]
    assert before["RunsWaiting"] - after.get("RunsWaiting", 0) == 1


def said_of(world: World, run_id: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The metrics of a run that Failures publishes when it is told once more of its end."""
    until(lambda: any(event["detail"]["name"] == run_id for event in world.told))
    moto_differences.all_delivered()
    event = next(event for event in world.told if event["detail"]["name"] == run_id)
    capsys.readouterr()
    tell_again(world, event)
    return metrics(capsys.readouterr().out)


def test_a_run_that_fails_is_counted_with_its_error(world: World, capsys: pytest.CaptureFixture[str]):
    """For the stack and for the workflow; the line is what the dashboard lists."""
    run_id = world.start("failing")
    world.ended(run_id)

    [line] = said_of(world, run_id, capsys)

    assert values(line) == {"RunsFailed": 1}
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Stack"], ["Stack", "Workflow"]]
    assert (line["Stack"], line["Workflow"], line["run_id"]) == ("interlude", "failing", run_id)
    assert (line["step"], bool(line["errorType"]), bool(line["errorMessage"])) == ("fail", True, True)


@pytest.mark.parametrize("how", ["link", "api"])
def test_a_run_that_is_cancelled_is_no_failure(world: World, capsys: pytest.CaptureFixture[str], how: str):
    """Though its execution has failed, or was aborted: it is counted by itself."""
    run_id = world.start("asking")
    wait = world.paused(run_id)["wait"]
    if how == "link":
        world.open(wait["cancel_url"])
    else:
        world.stop(run_id)
    world.ended(run_id)

    [line] = said_of(world, run_id, capsys)

    assert values(line) == {"RunsCancelled": 1}
    assert (line["Workflow"], line["run_id"]) == ("asking", run_id)
