"""What is tried: who meets whom, and where the run is when they do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interlude.aws import table
from interlude.aws.records import key, text
from interlude.clock import DAY_S
from tests.faults.actors import (
    Cast,
    Given,
    called_again,
    goes_on,
    hooks,
    is_told,
    opens,
    retries,
    stops,
    streams,
)
from tests.faults.world import World

LARGE = {"from": "ada", "filling": "x" * 70_000}
AT_ONCE = {"delay_ms": 0}


@dataclass(frozen=True)
class Scenario:
    name: str
    prepare: Callable[[World], Given]
    cast: list[Cast]
    may_fail: bool = False
    """Whether the run can fail though nothing goes wrong with a call."""
    faults: int = 1
    """How many there are at most in a schedule; none where the actors alone can take thousands of orders."""


def _run(world: World, workflow: str, event: Any) -> Given:
    execution = world.machines.start(workflow, f"{workflow}-000000000001-0000000000000001", event or {})
    return Given(world, execution.name, execution)


def new(workflow: str, event: Any = None) -> Callable[[World], Given]:
    """Started, and nothing done yet."""
    return lambda world: _run(world, workflow, event)


def called(workflow: str, event: Any = None) -> Callable[[World], Given]:
    """Begun; its first step is about to be called."""

    def prepare(world: World) -> Given:
        given = _run(world, workflow, event)
        world.machines.advance(given.execution, until="Run step")
        return given

    return prepare


def late() -> Callable[[World], Given]:
    """Its step is about to be called, in an execution that will not outlive the wait."""

    def prepare(world: World) -> Given:
        given = called("asking", {"timeout_ms": 365 * DAY_S * 1000})(world)
        given.execution.started_ms -= 100 * DAY_S * 1000
        return given

    return prepare


def waiting(workflow: str, event: Any = None) -> Callable[[World], Given]:
    """In Park or Delay."""

    def prepare(world: World) -> Given:
        given = _run(world, workflow, event)
        world.go_on()
        assert given.execution.rests
        return given

    return prepare


def old(workflow: str) -> Callable[[World], Given]:
    """In Park, of a run that began so long ago that its next turn renews what it needs."""

    def prepare(world: World) -> Given:
        given = waiting(workflow, {"more": 70_000})(world)
        table.update(
            key(given.run_id, "RUN"),
            UpdateExpression="SET started_at = :long_ago",
            ExpressionAttributeValues={":long_ago": text("2020-01-01T00:00:00.000Z")},
        )
        return given

    return prepare


def failed(workflow: str) -> Callable[[World], Given]:
    """Ended as failed, and EventBridge has not told of it yet."""

    def prepare(world: World) -> Given:
        given = _run(world, workflow, None)
        world.go_on()
        assert given.execution.status == "FAILED"
        return given

    return prepare


def died(workflow: str) -> Callable[[World], Given]:
    """Failed because Step Functions lost its first step's function, which may go on all the same."""

    def prepare(world: World) -> Given:
        given = called(workflow)(world)
        with world.lost_functions():
            world.go_on()
        assert given.execution.status == "FAILED"
        return given

    return prepare


def with_hook(workflow: str) -> Callable[[World], Given]:
    """No run, but a hook."""

    def prepare(world: World) -> Given:
        table.put({"pk": text(f"WORKFLOW#{workflow}"), "sk": text("HOOK"), "hook_key": text(f"key-of-{workflow}")})
        return Given(world, "", None)  # type: ignore[arg-type]  # nobody asks for it

    return prepare


def aborted(workflow: str) -> Callable[[World], Given]:
    """It waited, and somebody stopped its execution in the console."""

    def prepare(world: World) -> Given:
        given = waiting(workflow)(world)
        world.machines.stop(given.execution)
        return given

    return prepare


SCENARIOS = [
    # Hooks.
    Scenario(
        "hook x hook with one key", with_hook("asking"), [hooks("ada", "asking", "k"), hooks("bob", "asking", "k")]
    ),
    Scenario("hook x hook", with_hook("asking"), [hooks("ada", "asking"), hooks("bob", "asking")]),
    Scenario("hook x start", with_hook("asking"), [hooks("ada", "asking", "k"), goes_on("sfn")]),
    # Links of a run that waits.
    Scenario("resume x resume", waiting("asking"), [opens("ada", "resume"), opens("bob", "resume")]),
    Scenario(
        "resume x the same resume",
        waiting("asking"),
        [opens("ada", "resume", body={"a": 1}, key="k"), opens("bob", "resume", body={"a": 1}, key="k")],
    ),
    Scenario("resume x cancel", waiting("asking"), [opens("ada", "resume"), opens("bob", "cancel")]),
    Scenario("cancel x cancel", waiting("asking"), [opens("ada", "cancel"), opens("bob", "cancel")]),
    Scenario("large resume x cancel", waiting("asking"), [opens("ada", "resume", body=LARGE), opens("bob", "cancel")]),
    Scenario("resume x stop", waiting("asking"), [opens("ada", "resume"), stops("bob")]),
    Scenario("cancel x stop", waiting("asking"), [opens("ada", "cancel"), stops("bob")]),
    Scenario("stop x stop", waiting("asking"), [stops("ada"), stops("bob")]),
    # Links against the end of the time.
    Scenario("resume x settle", waiting("asking"), [opens("ada", "resume"), goes_on("sfn", timer=True)]),
    Scenario("resume x settle of an old run", old("asking"), [opens("ada", "resume"), goes_on("sfn")]),
    Scenario("cancel x settle", waiting("asking"), [opens("ada", "cancel"), goes_on("sfn", timer=True)]),
    Scenario("stop x settle", waiting("asking"), [stops("ada"), goes_on("sfn", timer=True)]),
    Scenario(
        "resume x settle that cancels",
        waiting("asking", {"on_timeout": "cancel"}),
        [opens("ada", "resume"), goes_on("sfn", timer=True)],
    ),
    Scenario(
        "resume x settle of the last", waiting("asking_last"), [opens("ada", "resume"), goes_on("sfn", timer=True)]
    ),
    Scenario(
        "cancel x settle of the last", waiting("asking_last"), [opens("ada", "cancel"), goes_on("sfn", timer=True)]
    ),
    Scenario("resume x rerun", waiting("polling"), [opens("ada", "resume"), goes_on("sfn", timer=True)]),
    Scenario("cancel x rerun", waiting("polling"), [opens("ada", "cancel"), goes_on("sfn", timer=True)]),
    Scenario("stop x rerun", waiting("polling"), [stops("ada"), goes_on("sfn", timer=True)]),
    Scenario("resume x auto-retry", waiting("trying"), [opens("ada", "resume", "0.1r"), goes_on("sfn", timer=True)]),
    Scenario("cancel x auto-retry", waiting("trying"), [opens("ada", "cancel", "0.1r"), goes_on("sfn", timer=True)]),
    Scenario("stop x delay", waiting("deferring"), [stops("ada"), goes_on("sfn", timer=True)]),
    # The step's start and end.
    Scenario("stop x begin", new("asking"), [stops("ada"), goes_on("sfn")]),
    Scenario("resume x step", called("asking"), [opens("ada", "resume"), goes_on("sfn")]),
    Scenario("cancel x step", called("asking"), [opens("ada", "cancel"), goes_on("sfn")]),
    Scenario("stop x step", called("asking"), [stops("ada"), goes_on("sfn")]),
    Scenario("resume x step that reruns", called("polling"), [opens("ada", "resume"), goes_on("sfn")]),
    Scenario("resume x step that reruns at once", called("polling", AT_ONCE), [opens("ada", "resume"), goes_on("sfn")]),
    Scenario("cancel x step that reruns at once", called("polling", AT_ONCE), [opens("ada", "cancel"), goes_on("sfn")]),
    Scenario("resume x step with much", called("asking", {"more": 70_000}), [opens("ada", "resume"), goes_on("sfn")]),
    Scenario("resume x step that exits", called("leaving"), [opens("ada", "resume"), goes_on("sfn")]),
    Scenario("cancel x step that exits", called("leaving"), [opens("ada", "cancel"), goes_on("sfn")]),
    Scenario("resume x roll over", late(), [opens("ada", "resume"), goes_on("sfn"), goes_on("new", 1)]),
    Scenario("cancel x roll over", late(), [opens("ada", "cancel"), goes_on("sfn"), goes_on("new", 1)]),
    Scenario("stop x roll over", late(), [stops("ada"), goes_on("sfn"), goes_on("new", 1)]),
    Scenario(
        "stop x roll over x stream",
        late(),
        [stops("ada"), goes_on("sfn"), goes_on("new", 1), streams("strm")],
        faults=0,
    ),
    Scenario("cancel x step that fails", called("failing"), [opens("ada", "cancel"), goes_on("sfn")], may_fail=True),
    Scenario("stop x step that fails", called("failing"), [stops("ada"), goes_on("sfn")], may_fail=True),
    # A function that Lambda calls twice.
    Scenario("step x step", called("asking"), [called_again("old", 0), goes_on("sfn")]),
    Scenario("step x step, settling", waiting("asking"), [called_again("old", 1), goes_on("sfn", timer=True)]),
    Scenario("step x step, rerunning", waiting("polling"), [called_again("old", 1), goes_on("sfn", timer=True)]),
    Scenario("step x step, delaying", waiting("deferring"), [called_again("old", 1), goes_on("sfn", timer=True)]),
    Scenario("step x step, failing", called("failing"), [called_again("old", 0), goes_on("sfn")], may_fail=True),
    Scenario("step x step, trying again", waiting("trying"), [called_again("old", 1), goes_on("sfn", timer=True)]),
    # Three at a time: the run has been woken, and somebody comes in between.
    Scenario("resume x stop x settle", waiting("asking"), [opens("ada", "resume"), stops("bob"), goes_on("sfn")]),
    Scenario(
        "resume x cancel x settle", waiting("asking"), [opens("ada", "resume"), opens("bob", "cancel"), goes_on("sfn")]
    ),
    # The stream.
    Scenario("wake-up x resume", waiting("asking"), [opens("ada", "resume"), streams("strm"), goes_on("sfn")]),
    Scenario(
        "resume x resume x wake-up",
        waiting("asking"),
        [opens("ada", "resume"), opens("bob", "resume"), streams("strm")],
    ),
    # Retries of a failed run.
    Scenario("retry x retry", failed("failing"), [retries("ada"), retries("bob")], may_fail=True),
    Scenario("retry x stop", failed("failing"), [retries("ada"), stops("bob")], may_fail=True),
    Scenario("retry x word", failed("failing"), [retries("ada"), is_told("word")], may_fail=True),
    Scenario("retry x step", failed("failing"), [retries("ada"), called_again("old")], may_fail=True),
    Scenario("retry x failure", called("failing"), [retries("ada"), goes_on("sfn")], may_fail=True),
    Scenario(
        "retry x failure x its steps",
        called("failing"),
        [retries("ada"), goes_on("sfn"), goes_on("new", 1)],
        may_fail=True,
    ),
    Scenario(
        "retry x lost function",
        died("asking"),
        [retries("ada"), called_again("old", 0), goes_on("new", 1)],
        may_fail=True,
    ),
    # An execution that ends from outside.
    Scenario("word x resume", aborted("asking"), [is_told("word"), opens("ada", "resume")]),
    Scenario("word x cancel", aborted("asking"), [is_told("word"), opens("ada", "cancel")]),
    Scenario("word x stop", aborted("asking"), [is_told("word"), stops("ada")]),
]
