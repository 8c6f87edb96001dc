"""Each scenario on both interpreters: they enter the same states and leave the same items behind."""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from moto.awslambda.exceptions import LambdaClientError

from interlude.turns import ending, turn
from tests.second_opinion.interpreter import Interpreter, running_executions
from tests.waiting import until
from tests.workflow import outside
from tests.workflow.world import Invocation, World

pytestmark = pytest.mark.proof

Scenario = Callable[[World], str]

MEASURED = {"compute_ms", "segment_ms", "task_token", "url_key"}


@pytest.fixture
def second_opinion() -> None:
    """Not all the time, as elsewhere here."""


def same(value: Any, run_id: str) -> Any:
    """Without what differs from run to run: its id, moments, what was measured, signatures. Text of JSON is read."""
    match value:
        case dict():
            return {key: same(each, run_id) for key, each in value.items() if key.rpartition(" ")[2] not in MEASURED}
        case list():
            return [same(each, run_id) for each in value]
        case str():
            if value[:1] in ("{", "["):
                with suppress(json.JSONDecodeError):
                    return same(json.loads(value), run_id)
            value = value.replace(run_id, "RUN")
            value = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z", "MOMENT", value)
            value = re.sub(r"[0-9a-f]{64}", "HASH", value)
            value = re.sub(r"^1[789]\d{8}(\d{3})?$", "MOMENT", value)
            return re.sub(r"(/(?:resume|cancel)/RUN/[\d.r]+/)[\w-]+", r"\1SIGNATURE", value)
        case int() if value > 1_700_000_000:
            return "MOMENT"
    return value


def outcome(world: World, run_id: str) -> dict[str, Any]:
    """The states that each execution of the run has entered, how each ended, and the attributes of the run's items."""
    workflow = run_id.rsplit("-", 2)[0]
    until(lambda: not world.executions(workflow, "RUNNING"))
    executions = []
    for listed in world.executions(workflow):
        execution = world.sfn.describe_execution(executionArn=listed["executionArn"])
        if run_id in execution["name"] + execution["input"]:
            history = world.sfn.get_execution_history(executionArn=listed["executionArn"], maxResults=1000)["events"]
            entered = [
                each["stateEnteredEventDetails"]["name"] for each in history if "stateEnteredEventDetails" in each
            ]
            executions.append([entered, execution["status"], execution.get("error"), execution.get("cause")])
    found = world.dynamodb.query(
        TableName=world.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"RUN#{run_id}"}},
        ConsistentRead=True,
    )
    items = {f"{item['sk']['S']} {name}": value for item in found["Items"] for name, value in item.items()}
    return dict(same({"executions": sorted(executions), **items}, run_id))


def compared(world: World, interpreter: Interpreter, scenario: Scenario) -> dict[str, Any]:
    """What comes of a scenario; it came of it on both interpreters."""
    outcomes = []
    for which in (nullcontext(), running_executions(interpreter)):
        with which:
            outcomes.append(outcome(world, scenario(world)))
        world.instead, outside.during = lambda function: None, bool
    first, second = outcomes
    names = first.keys() | second.keys()
    different = {name: [first.get(name), second.get(name)] for name in names if first.get(name) != second.get(name)}
    assert different == {}
    return first


def entered(result: dict[str, Any]) -> list[list[str]]:
    return [each[0] for each in result["executions"]]


# ---- Any event ----


@pytest.mark.parametrize(
    "event",
    [
        None,
        True,
        False,
        0,
        -1.5,
        "",
        "text",
        [],
        [1, {"interlude_cursor": 1}],
        {},
        {"interlude_cursor": 1, "run_id": "another", "steps": ["first=arn"], "at": {"index": 0}},
        {"said": 'he said "no" \\ {} \n\u00e9 \U0001f600', "$.x": 1, "x.$": "$.y"},
    ],
    ids=repr,
)
def test_any_event_begins_a_run(world: World, interpreter: Interpreter, event: Any):
    """Its text in the run's item is the same, too."""
    result = compared(world, interpreter, lambda world: ended(world, world.start("plain", event)))

    [states] = entered(result)
    assert states == ["New or continued", "Begin", *["Run step", "Route"] * 3, "Finished"]


def ended(world: World, run_id: str) -> str:
    world.ended(run_id)
    return run_id


# ---- How a run waits ----


def opened(workflow: str, event: Any, link: str) -> Scenario:
    def scenario(world: World) -> str:
        run_id = world.start(workflow, event)
        world.open(world.paused(run_id)["wait"][link], {"body": 'it\'s "here"'})
        return ended(world, run_id)

    return scenario


def left_alone(workflow: str, event: Any = None) -> Scenario:
    return lambda world: ended(world, world.start(workflow, event))


WAITS: dict[str, tuple[Scenario, str]] = {
    "resumed": (opened("asking", {}, "resume_url"), "Park > Run step > Route > Run step > Route > Finished"),
    "cancelled": (opened("asking", {}, "cancel_url"), "Park > Cancelled"),
    "time up": (left_alone("asking", {"timeout_ms": 1}), "Park > Run step > Route > Run step > Route > Finished"),
    "time up cancels": (
        left_alone("asking", {"timeout_ms": 1, "on_timeout": "cancel"}),
        "Park > Run step > Route > Cancelled",
    ),
    "resumed too early to park": (
        left_alone("asking", {"opened_at_once": "resume_url"}),
        "Run step > Route > Run step > Route > Finished",
    ),
    "rerun by a callback": (opened("calling", {"delay_ms": 3_600_000}, "resume_url"), "Park > Run step > Route > "),
    "reruns at once": (
        left_alone("polling", {"delay_ms": 0}),
        "Begin > Run step > Route > Run step > Route > Run step",
    ),
    "delay": (left_alone("delaying", {"delay_ms": 1, "kept": False}), "Delay > Run step > Route > "),
    "exit": (left_alone("exiting"), "Run step > Route > Finished"),
    "auto-retry": (opened("retrying", {"failures": 1}, "resume_url"), "Park > Run step > Route > Run step > Route"),
}


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_ends_the_same(world: World, interpreter: Interpreter, name: str):
    """Whoever ends it."""
    scenario, part = WAITS[name]

    [states] = entered(compared(world, interpreter, scenario))

    assert part in " > ".join(states)


def test_a_click_between_the_step_and_park_is_found_by_park(
    world: World, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
):
    """Park's condition fails under the name that its Catch has; the step is asked, and goes on."""
    call = World.call

    def and_click(self: World, event: dict[str, Any]) -> Invocation:
        made = call(self, event)
        if made.answer.get("next") == "park":
            self.open(self.describe(event["run_id"])["wait"]["resume_url"])
        return made

    monkeypatch.setattr(World, "call", and_click)

    [states] = entered(compared(world, interpreter, left_alone("asking")))

    assert states[2:] == ["Run step", "Route", "Park", "Run step", "Route", "Run step", "Route", "Finished"]


# ---- How a run fails ----


def test_an_error_of_a_user_fails_the_same(world: World, interpreter: Interpreter):
    """Error and cause of the execution are those of Lambda's answer."""
    result = compared(world, interpreter, left_alone("failing"))

    assert entered(result)[0][-2:] == ["Record failure", "Failed"]
    assert result["executions"][0][1:3] == ["FAILED", "LookupError"]


def test_a_function_that_dies_fails_the_same(world: World, interpreter: Interpreter):
    """Record failure writes what there is of it, as text in text, with quotes and backslashes."""

    def scenario(world: World) -> str:
        died = {"errorType": "Sandbox.Timedout", "errorMessage": 'Task "timed out" \\ after 60.00 s'}
        world.instead = lambda function: died if function == "interlude-plain-second" else None
        return ended(world, world.start("plain"))

    result = compared(world, interpreter, scenario)

    assert entered(result)[0][-2:] == ["Record failure", "Failed"]
    assert result["RUN failure"]["S"]["error"]["Cause"]["errorMessage"] == 'Task "timed out" \\ after 60.00 s'


def test_the_failure_of_a_run_that_was_cancelled_meanwhile_is_not_recorded(world: World, interpreter: Interpreter):
    """Record failure's condition fails, is not retried, and the execution fails all the same."""

    def scenario(world: World) -> str:
        def cancel_and_die(function: str) -> dict[str, str]:
            world.dynamodb.update_item(
                TableName=world.table,
                Key={"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "RUN"}},
                UpdateExpression="SET #status = :cancelled, ended_at = :now",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":cancelled": {"S": "cancelled"}, ":now": {"S": "2026-11-22T16:00:00.000Z"}},
            )
            return {"errorType": "Runtime.ExitError", "errorMessage": "exit status 1"}

        run_id = ""
        started = world.start

        def instead(function: str) -> dict[str, str] | None:
            until(lambda: run_id)
            return cancel_and_die(function)

        world.instead = instead
        run_id = started("plain")
        until(lambda: (world.entered(run_id) or [""])[-1] == "Failed")
        return run_id

    result = compared(world, interpreter, scenario)

    assert entered(result)[0][-2:] == ["Record failure", "Failed"]
    assert result["RUN status"] == {"S": "cancelled"}


@pytest.mark.parametrize("error", ["ServiceException", "TooManyRequestsException", "ResourceConflictException"])
def test_a_fault_of_lambda_is_retried_the_same(
    world: World, interpreter: Interpreter, error: str, monkeypatch: pytest.MonkeyPatch
):
    """The state is entered once, the function called three times."""
    asked: list[str] = []

    def scenario(world: World) -> str:
        asked.clear()

        def fail_twice(function: str) -> None:
            asked.append(function)
            if len(asked) < 3:
                raise LambdaClientError(error, "Lambda is not well.")

        world.instead = fail_twice
        return ended(world, world.start("exiting"))

    [states] = entered(compared(world, interpreter, scenario))

    assert states == ["New or continued", "Begin", "Run step", "Route", "Finished"]
    assert asked == ["interlude-exiting-leave"] * 3


def test_a_second_execution_of_a_name_begins_nothing(world: World, interpreter: Interpreter):
    """Begin's condition fails, is not retried, and the execution fails under that error."""

    def scenario(world: World) -> str:
        run_id = ended(world, world.start("plain"))
        machine = world.stack.state_machines["interlude-exiting"]
        other = world.sfn.start_execution(stateMachineArn=machine, name=run_id, input="{}")["executionArn"]
        world.until_over(other)
        described = world.sfn.describe_execution(executionArn=other)
        ends.append((described["status"], described["error"].lower()))
        return run_id

    ends: list[tuple[str, str]] = []
    compared(world, interpreter, scenario)

    assert ends == [("FAILED", "dynamodb.conditionalcheckfailedexception")] * 2


# ---- How long a workflow may be ----


def test_a_workflow_of_25_steps_runs_the_same(world: World, interpreter: Interpreter):
    """The 25th is as easily found in the list as the first."""
    plain = world.sfn.describe_state_machine(stateMachineArn=world.stack.state_machines["interlude-plain"])
    begin = json.loads(plain["definition"])["States"]["Begin"]
    pinned = begin["Parameters"]["Item"]["steps"]["S"]
    many = ",".join([pinned.split(",")[0]] * 25)
    definition = plain["definition"].replace(pinned, many).replace('"plain"', '"many"')
    made = world.sfn.create_state_machine(name="interlude-many", definition=definition, roleArn=plain["roleArn"])
    world.stack.state_machines["interlude-many"] = made["stateMachineArn"]

    result = compared(world, interpreter, left_alone("many"))

    [states] = entered(result)
    assert states == ["New or continued", "Begin", *["Run step", "Route"] * 25, "Finished"]
    assert result["STEP#0024 status"] == {"S": "succeeded"}


# ---- How a run outlives its execution ----


def test_a_run_rolls_over_the_same(world: World, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch):
    """The next execution has the name that the hash makes, and the cursor as its input."""
    monkeypatch.setattr(turn, "TURNS_PER_EXECUTION", 3)

    result = compared(world, interpreter, left_alone("counting", {"max_retries": 4}))

    assert sorted(states[:3] for states in entered(result)) == [
        ["New or continued", "Begin", "Run step"],
        ["New or continued", "Route", "Run step"],
        ["New or continued", "Route", "Run step"],
    ]


def test_a_run_parks_in_a_new_execution_the_same(
    world: World, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
):
    """The timeout of Park travels with the cursor."""
    monkeypatch.setattr(ending, "EXECUTION_S", 0)

    def scenario(world: World) -> str:
        run_id = world.start("asking")
        until(lambda: world.item(run_id, "WAIT#0.1").get("task_token"))
        world.open(world.describe(run_id)["wait"]["resume_url"])
        return ended(world, run_id)

    result = compared(world, interpreter, scenario)

    assert ["New or continued", "Route", "Park", "Run step"] in [states[:4] for states in entered(result)]


def test_a_roll_over_that_was_made_already_is_made_once(
    world: World, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
):
    """The name is taken: StepFunctions.ExecutionAlreadyExistsException leads to Finished, not to a failure."""
    monkeypatch.setattr(turn, "TURNS_PER_EXECUTION", 2)

    def scenario(world: World) -> str:
        def take_the_name(run_id: str) -> None:
            name = hashlib.sha256(f"{run_id}.3".encode()).hexdigest()
            given = {"interlude_cursor": 1, "run_id": run_id, "at": {"next": "finish"}}
            machine = world.stack.state_machines["interlude-polling"]
            world.sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))

        outside.during = take_the_name
        return world.start("polling", {"delay_ms": 0})

    states = entered(compared(world, interpreter, scenario))

    begun = ["New or continued", "Begin", "Run step", "Route", "Run step", "Route", "Roll over", "Finished"]
    assert states == [begun, ["New or continued", "Route", "Finished"]]
