"""What the API knows of the workflows when Step Functions is asked seldom, and when it does not answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from interlude import clock
from interlude.aws import executions, table
from interlude.aws.executions import Machine
from interlude.control import workflows
from interlude.errors import BadOption, KeyReused, UnknownWorkflow
from tests.workflow.world import World

BUSY = ClientError({"Error": {"Code": "ThrottlingException"}}, "DescribeStateMachine")
REFUSED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeStateMachine")


class StepFunctions:
    """Has the workflows `plain` and `asking` with these options. It counts how often it is asked."""

    def __init__(self) -> None:
        self.options = {"plain": "", "asking": "respond"}
        self.pinned = dict.fromkeys(self.options, "first=arn:1,last=arn:2")
        self.error: Exception | None = None
        self.asked: list[str] = []

    def machine(self, workflow: str) -> Machine:
        self._ask(workflow)
        if workflow not in self.options:
            raise UnknownWorkflow(workflow)
        return Machine(workflow, self.pinned[workflow], self.options[workflow])

    def names(self) -> list[str]:
        self._ask("names")
        return sorted(self.options)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.error:
            raise self.error


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time in ms, which a test can change."""
    now = [1_800_000_000_000]
    monkeypatch.setattr(clock, "now_ms", lambda: now[0])
    return now


@pytest.fixture
def step_functions(world: World, monkeypatch: pytest.MonkeyPatch, time: list[int]) -> Iterator[StepFunctions]:
    """This process is the API, and the table knows no workflow yet."""
    found = StepFunctions()
    monkeypatch.setattr(executions, "machine", found.machine)
    monkeypatch.setattr(executions, "names", found.names)
    with world.as_function("interlude-api"):
        forget()
        yield found
        forget()


def forget() -> None:
    for key in ("WORKFLOW#plain", "WORKFLOW#asking"):
        table.delete({"pk": {"S": key}, "sk": {"S": "HOOK"}})
    table.delete(workflows.NAMES)


def keys() -> dict[str, str]:
    return {each.name: each.hook_key for each in workflows.list_workflows()}


def test_a_workflow_is_asked_for_once_a_minute(step_functions: StepFunctions, world: World, time: list[int]):
    """Whichever environment has asked: a hook's call costs one read."""
    key = keys()["asking"]
    step_functions.asked.clear()
    seen = len(world._requests)

    assert [workflows.open_hook("asking", key).respond for _ in range(3)] == [True] * 3
    assert (step_functions.asked, world._requests[seen:]) == ([], ["BatchGetItem"] * 3)

    time[0] += workflows.FRESH_MS
    for _ in range(3):
        workflows.open_hook("asking", key)
        workflows.check("asking")
    assert step_functions.asked == ["asking"]


@pytest.mark.parametrize(
    ("pinned", "options", "steps", "mistake"),
    [
        ("first=arn:1,last=arn:2", "off", ["first", "last"], ""),
        ("first,last=arn:2", "", ["last"], "Steps has 'first'; each step must be name=${Function.Version}, "),
        ("", "", [], "Steps has ''; each step must be name=${Function.Version}, "),
        ("first=arn:1", "quite", ["first"], "Options has 'quite'; allowed are "),
    ],
)
def test_one_workflow_s_mistake_hides_no_other(
    step_functions: StepFunctions, pinned: str, options: str, steps: list[str], mistake: str
):
    """It is listed with what is wrong, and with the steps that can be read."""
    step_functions.options["asking"], step_functions.pinned["asking"] = options, pinned

    for _ in range(2):
        asking, plain = workflows.list_workflows()
        assert (plain.name, plain.steps, plain.mistake) == ("plain", ["first", "last"], "")
        assert (asking.name, asking.steps, asking.mistake[: len(mistake) or None]) == ("asking", steps, mistake)


def test_an_edited_option_takes_effect_within_a_minute(step_functions: StepFunctions, time: list[int]):
    """And the hook's key stays."""
    key = keys()["asking"]
    step_functions.options["asking"] = "off"

    before = workflows.open_hook("asking", key)
    time[0] += workflows.FRESH_MS
    after = workflows.open_hook("asking", key)

    assert (before.off, after.off) == (False, True)
    assert keys()["asking"] == key


def test_while_step_functions_is_busy_its_last_answer_counts(
    step_functions: StepFunctions, time: list[int], capsys: pytest.CaptureFixture[str]
):
    """One request a minute waits for it; the log has a warning."""
    key = keys()["asking"]
    workflows.names()
    step_functions.error = BUSY
    step_functions.asked.clear()
    time[0] += workflows.FRESH_MS * 5

    for _ in range(3):
        assert workflows.open_hook("asking", key).respond
        assert workflows.names() == ["asking", "plain"]

    assert step_functions.asked == ["asking", "names"]
    assert capsys.readouterr().out.count('"level":"WARNING"') == 2


def test_a_list_of_the_workflows_asks_anew_until_step_functions_is_busy(step_functions: StepFunctions, time: list[int]):
    """A workflow that was just deployed is in it. Then it is made of what is known, without asking for the rest."""
    first = workflows.list_workflows()
    step_functions.options["plain"] = "quiet"
    second = workflows.list_workflows()
    step_functions.error = BUSY
    step_functions.asked.clear()
    third = workflows.list_workflows()

    assert [(each.name, each.options) for each in first] == [("asking", "respond"), ("plain", "")]
    assert [(each.name, each.steps, each.options) for each in second][1] == ("plain", ["first", "last"], "quiet")
    assert third == second
    assert step_functions.asked == ["names"]


@pytest.mark.parametrize("error", [BUSY, REFUSED], ids=["busy", "refused"])
def test_what_was_never_answered_is_an_error(step_functions: StepFunctions, error: Exception):
    """There is nothing to go on with."""
    step_functions.error = error
    with pytest.raises(ClientError):
        workflows.check("plain")
    with pytest.raises(ClientError):
        workflows.names()


def test_an_error_that_does_not_pass_is_not_covered_up(step_functions: StepFunctions, time: list[int]):
    """A policy that lacks an action would not be noticed."""
    key = keys()["asking"]
    step_functions.error = REFUSED
    time[0] += workflows.FRESH_MS

    with pytest.raises(ClientError):
        workflows.open_hook("asking", key)


def test_a_workflow_that_left_the_template_is_unknown_within_a_minute(step_functions: StepFunctions, time: list[int]):
    """Though the table still has its key."""
    key = keys()["plain"]
    del step_functions.options["plain"]
    time[0] += workflows.FRESH_MS

    for call in (lambda: workflows.open_hook("plain", key), lambda: workflows.check("plain")):
        with pytest.raises(UnknownWorkflow):
            call()


def test_a_key_that_an_older_version_has_made_stays(step_functions: StepFunctions):
    """Its item has nothing beside the key."""
    table.update(
        {"pk": {"S": "WORKFLOW#asking"}, "sk": {"S": "HOOK"}},
        UpdateExpression="SET hook_key = :key",
        ExpressionAttributeValues={":key": {"S": "of old"}},
    )

    assert workflows.open_hook("asking", "of old").respond
    assert keys()["asking"] == "of old"


def test_a_wrong_key_asks_nobody(step_functions: StepFunctions):
    """It is 404 like an unknown workflow, and costs one read."""
    keys()
    step_functions.asked.clear()

    for workflow, key in (("asking", "x"), ("asking", ""), ("nothing", "x"), ("nothing", "")):
        with pytest.raises(UnknownWorkflow):
            workflows.open_hook(workflow, key)

    assert step_functions.asked == []


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(
    step_functions: StepFunctions, time: list[int], monkeypatch: pytest.MonkeyPatch
):
    """Of two environments that ask at one time, one may be slow."""
    key = keys()["asking"]
    time[0] += workflows.FRESH_MS
    ask = step_functions.machine

    def slow(workflow: str) -> Any:
        answer = ask(workflow)
        monkeypatch.setattr(executions, "machine", ask)
        time[0] += 1000
        step_functions.options["asking"] = "quiet"
        workflows.open_hook("asking", key)
        return answer

    monkeypatch.setattr(executions, "machine", slow)
    workflows.open_hook("asking", key)

    assert workflows.open_hook("asking", key).quiet


def test_unknown_options_are_an_error_of_their_own_workflow_only(step_functions: StepFunctions):
    """The list shows them as they are."""
    step_functions.options["plain"] = "fast"
    key = keys()["plain"]

    with pytest.raises(BadOption):
        workflows.open_hook("plain", key)
    assert workflows.open_hook("asking", keys()["asking"]).respond


def test_a_request_whose_start_was_throttled_can_be_repeated_with_its_key(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """The key is claimed before the run is started: the repetition starts that same run, once."""
    start = executions.start
    monkeypatch.setattr(executions, "start", throttled)
    with pytest.raises(ClientError):
        world.start("plain", {"order": 7}, key="throttled")
    monkeypatch.setattr(executions, "start", start)

    run_ids = {world.start("plain", {"order": 7}, key="throttled") for _ in range(2)}
    with pytest.raises(KeyReused):
        world.start("plain", {"order": 8}, key="throttled")

    [run_id] = run_ids
    assert world.ended(run_id)["status"] == "succeeded"


def throttled(*_: Any) -> None:
    raise ClientError({"Error": {"Code": "ThrottlingException"}}, "StartExecution")
