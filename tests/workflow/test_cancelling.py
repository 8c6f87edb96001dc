"""Many runs cancelled at once, by a filter."""

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from interlude import clock
from interlude.aws import clients, executions, table
from interlude.control import cancelling
from interlude.control.cancelling import Filter, Found
from interlude.errors import NoTimeBetween, UnknownWorkflow
from local import moto_differences
from tests.workflow.world import World

BEGAN_MS = 1_700_000_000_000


made_by = itertools.count()
current = 0
"""Each test makes runs of its own: the stream may still tell of those of the one before."""


@pytest.fixture
def kept(world: World) -> Iterator[World]:
    """The stack, without the made-up runs of a test when that has ended."""
    global current
    current = next(made_by)
    yield world
    # The stream tells of each that was cancelled, and what it calls must not find it half deleted.
    moto_differences.all_delivered()
    made = [{"pk": {"S": f"RUN#{name(number)}"}, "sk": {"S": "RUN"}} for number in range(500)]
    table.delete_all(iter(made), world.table)


def name(number: int) -> str:
    return f"many-{current}-{number:04d}"


def make(world: World, numbers: range, status: str = "paused", workflow: str = "asking") -> list[str]:
    """Runs as they stand in the table, each begun a second after the one before, without executions behind them."""
    requests = []
    for number in numbers:
        run_id, began = name(number), clock.iso(BEGAN_MS + number * 1000)
        item = {
            "pk": f"RUN#{run_id}", "sk": "RUN", "run_id": run_id, "workflow": workflow, "status": status,
            "started_at": began, "listed": f"{began}#{run_id}", "steps": "ask=a,tell=t", "trigger": "null",
            "execution": world.execution(f"{workflow}-0-0").replace(f"{workflow}-0-0", run_id),
            **({"waiting": workflow} if status == "paused" else {}),
        }  # fmt: skip
        requests.append({"PutRequest": {"Item": {name: {"S": value} for name, value in item.items()}}})
    for at in range(0, len(requests), 25):
        world.dynamodb.batch_write_item(RequestItems={world.table: requests[at : at + 25]})
    return [name(number) for number in numbers]


def cancel(world: World, workflow: str = "asking", before: str = "", *, dry_run: bool = False, **filters: Any) -> Found:
    with world.as_function("interlude-api"):
        return cancelling.cancel(Filter(workflow, **{"started_before": "2024", **filters}), before, dry_run=dry_run)


def statuses(world: World, run_ids: list[str]) -> Counter[str]:
    return Counter(world.item(run_id)["status"]["S"] for run_id in run_ids)


@pytest.mark.proof
def test_hundreds_of_runs_are_cancelled_and_no_others(kept: World):
    """Running and paused ones of the workflow, over several pages. Who has ended, and other workflows, stay."""
    ours = make(kept, range(150)) + make(kept, range(150, 250), "running")
    ended = make(kept, range(450, 460), "succeeded")
    others = make(kept, range(460, 470), workflow="calling")

    found = cancel(kept)

    assert (found.matched, found.cancelled, found.ended, found.failed, found.cursor) == (250, 250, 0, [], "")
    assert statuses(kept, ours) == {"cancelled": 250}
    assert statuses(kept, ended) == {"succeeded": 10}
    assert statuses(kept, others) == {"paused": 10}


def test_a_dry_run_tells_what_would_be_cancelled_and_changes_nothing(kept: World):
    """All that match are counted, the newest 100 are named."""
    ours = make(kept, range(250))

    found = cancel(kept, dry_run=True)

    assert (found.matched, found.cancelled, found.ended) == (250, 0, 0)
    assert found.run_ids == ours[:-101:-1]
    assert statuses(kept, ours) == {"paused": 250}


def test_the_second_time_nothing_is_left(kept: World):
    """The same request again finds the runs that are left, and there are none."""
    make(kept, range(30))
    cancel(kept)

    assert cancel(kept) == Found()


def test_a_status_and_two_times_narrow_the_filter(kept: World):
    """started_after takes its own moment in, started_before leaves it out."""
    make(kept, range(10))
    make(kept, range(10, 20), "running")
    moments = {"started_after": clock.iso(BEGAN_MS + 5000), "started_before": clock.iso(BEGAN_MS + 15_000)}

    def found(**filters: Any) -> list[str]:
        return sorted(cancel(kept, dry_run=True, **filters).run_ids)

    assert found(**moments) == [name(number) for number in range(5, 15)]
    assert found(**moments, status="paused") == [name(number) for number in range(5, 10)]
    assert found(**moments, status="running") == [name(number) for number in range(10, 15)]
    assert found(status="running") == [name(number) for number in range(10, 20)]


@pytest.mark.parametrize("status", ["paused", "running"])
def test_who_is_out_of_time_says_where_to_go_on(kept: World, monkeypatch: pytest.MonkeyPatch, status: str):
    """Cursor after cursor every run is found once, be it one that a filter leaves out which ends a page."""
    ours = make(kept, range(50), status)
    make(kept, range(50, 70), "succeeded")
    monkeypatch.setattr(cancelling, "TIME_MS", -1)
    monkeypatch.setattr(cancelling, "PAGE", 20)
    answers = [cancel(kept, status=status)]
    while answers[-1].cursor:
        answers.append(cancel(kept, before=answers[-1].cursor, status=status))

    assert len(answers) >= 3
    assert sum(each.matched for each in answers) == sum(each.cancelled for each in answers) == 50
    assert statuses(kept, ours) == {"cancelled": 50}


def test_a_dry_run_goes_on_where_it_stopped_too(kept: World, monkeypatch: pytest.MonkeyPatch):
    """The run that the cursor names is not counted twice, though nothing has changed."""
    make(kept, range(45))
    monkeypatch.setattr(cancelling, "TIME_MS", -1)
    monkeypatch.setattr(cancelling, "PAGE", 20)
    first = cancel(kept, dry_run=True)
    second = cancel(kept, before=first.cursor, dry_run=True)
    third = cancel(kept, before=second.cursor, dry_run=True)

    assert [first.run_ids[-1], second.run_ids[0]] == [name(25), name(24)]
    assert first.matched + second.matched + third.matched == 45
    assert third.cursor == ""


@pytest.mark.parametrize("status", ["paused", "running", ""])
def test_a_cursor_from_before_all_that_is_wanted_finds_nothing(kept: World, status: str):
    """The filter may be narrower than the one that the cursor came from. DynamoDB is not asked what it refuses."""
    make(kept, range(10))

    before = f"{clock.iso(BEGAN_MS + 3000)}#{name(3)}"

    assert cancel(kept, before=before, status=status, started_after=clock.iso(BEGAN_MS + 5000)) == Found()
    assert statuses(kept, [name(number) for number in range(10)]) == {"paused": 10}


@pytest.mark.parametrize("after_ms", [0, 1])
def test_times_with_none_between_them_are_refused(world: World, after_ms: int):
    """The sentence has both, as runs are listed by them."""
    before, after = clock.iso(BEGAN_MS), clock.iso(BEGAN_MS + after_ms)

    with pytest.raises(NoTimeBetween) as raised:
        cancel(world, started_after=after, started_before=before)

    assert str(raised.value) == (
        f"started_after is {after} and started_before is 2023-11-14T22:13:20.000Z; the first must be earlier."
    )


def test_a_page_that_is_begun_last_fits_into_what_is_left():
    """Of the 29 s of the API's function, also when each run takes 1.5 s, as where Step Functions throttles."""
    assert cancelling.TIME_MS + math.ceil(cancelling.PAGE / cancelling.AT_ONCE) * 1500 <= 29_000


def test_runs_that_wait_are_ended(world: World):
    """In the table, and in Step Functions."""
    run_ids = [world.start("asking_last") for _ in range(3)]
    for run_id in run_ids:
        world.paused(run_id)

    found = cancel(world, "asking_last", started_before="")

    assert (found.matched, found.cancelled) == (3, 3)
    assert sorted(found.run_ids) == sorted(run_ids)
    assert [world.ended(run_id)["status"] for run_id in run_ids] == ["cancelled"] * 3
    assert [each["status"] for each in world.executions("asking_last")] == ["ABORTED"] * 3


def test_what_each_run_costs(kept: World):
    """Three requests, on top of one query for 50 runs that it looks at. A dry run costs that query alone."""
    made: Counter[str] = Counter()
    emitters = [clients.client(service).meta.events for service in ("dynamodb", "stepfunctions")]  # type: ignore[call-overload]

    def note(operation_name: str, **_: Any) -> None:
        made[operation_name] += 1

    make(kept, range(40), "running")
    for emitter in emitters:
        emitter.register("request-created", note)
    try:
        cancel(kept, dry_run=True)
        dry = dict(made)
        made.clear()
        cancel(kept)
    finally:
        for emitter in emitters:
            emitter.unregister("request-created", note)

    assert dry == {"Query": 1}
    assert made == {"Query": 1 + 40, "UpdateItem": 40, "StopExecution": 40}


def test_a_run_that_ends_meanwhile_is_counted_as_ended(kept: World, monkeypatch: pytest.MonkeyPatch):
    """It keeps the end that it has."""
    make(kept, range(3))
    page = table.page

    def page_then_end(**arguments: Any) -> Any:
        found = page(**arguments)
        make(kept, range(1, 2), "succeeded")
        return found

    monkeypatch.setattr(table, "page", page_then_end)

    found = cancel(kept)

    assert (found.matched, found.cancelled, found.ended) == (3, 2, 1)
    assert statuses(kept, [name(1)]) == {"succeeded": 1}


def test_one_that_aws_refuses_does_not_keep_the_others(
    kept: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """It is named, and the log says why."""
    make(kept, range(5))
    stop = executions.stop

    def refuse(execution: str) -> None:
        if execution.endswith(name(2)):
            raise ConnectionError("no way")
        stop(execution)

    monkeypatch.setattr(executions, "stop", refuse)

    found = cancel(kept)

    assert (found.matched, found.cancelled, found.failed) == (5, 4, [name(2)])
    assert '"message":"could not cancel the run: ConnectionError: no way"' in capsys.readouterr().out


def test_what_no_workflow_can_be_called_is_refused(world: World):
    """Before anything is looked for."""
    with pytest.raises(UnknownWorkflow):
        cancel(world, "a b")
