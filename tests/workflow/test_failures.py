"""What is done about a run that failed, and about an execution that was ended from outside."""

import functools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from interlude import clock
from interlude.aws import mail
from interlude.control import failures, notices
from interlude.errors import RunOver
from local import moto_differences, outbox
from tests.waiting import until
from tests.workflow.world import World

DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def nothing_told(world: World) -> Iterator[None]:
    """Nobody has been mailed, and what the tests before have ended is told."""
    moto_differences.all_delivered()
    for item in world.dynamodb.scan(TableName=world.table)["Items"]:
        if item["pk"]["S"].startswith("NOTICE#"):
            world.dynamodb.delete_item(TableName=world.table, Key={"pk": item["pk"], "sk": item["sk"]})
    outbox.keep_in(None)
    yield
    moto_differences.all_delivered()


def event_of(world: World, execution: str) -> dict[str, Any]:
    """The event that the execution of this name has ended, once everything that it leads to has happened."""

    def told() -> list[dict[str, Any]]:
        return [event for event in world.told if event["detail"]["name"] == execution]

    until(told)
    moto_differences.all_delivered()
    return told()[0]


def fail(world: World, error: str, workflow: str = "erring", **more: Any) -> str:
    """A run that has failed of this error, and was told."""
    run_id = world.start(workflow, {"error": error, **more})
    event_of(world, run_id)
    return run_id


def tell_again(world: World, event: dict[str, Any]) -> None:
    with world.as_function("interlude-failures"):
        failures.handle(event)


def mailed() -> list[str]:
    return [message["subject"] for message in outbox.messages()]


def test_a_run_that_fails_is_mailed(world: World):
    """Workflow, step, type, message, time, id and address of the run, in a few lines."""
    run_id = fail(world, "KeyError", message="'customer'")

    [message] = outbox.messages()
    assert message["subject"] == "erring failed: KeyError"
    assert message["text"] == (
        "The workflow erring failed at its step err.\n\n"
        "KeyError: 'customer'\n\n"
        f"When: {world.describe(run_id)['ended_at']}\n"
        f"Run:  {run_id}\n"
        f"      https://interlude.example/runs/{run_id}\n\n"
        "Further failures of this type in this workflow are not mailed for 24 hours.\n"
    )


def test_one_mail_a_day_for_each_type_of_error_and_workflow(world: World):
    """The same error again is silent; another type, or another workflow, is not."""
    for error, workflow in [
        ("KeyError", "erring"),
        ("KeyError", "erring"),
        ("TypeError", "erring"),
        ("KeyError", "mistaken"),
        ("TypeError", "erring"),
    ]:
        fail(world, error, workflow)

    assert mailed() == ["erring failed: KeyError", "erring failed: TypeError", "mistaken failed: KeyError"]


def test_the_mail_of_the_next_day_counts_what_was_not_mailed(world: World, monkeypatch: pytest.MonkeyPatch):
    """And the one after that begins to count anew."""
    now_ms = clock.now_ms()
    for day in (0, 1, 2):
        monkeypatch.setattr(clock, "now_ms", lambda day=day: now_ms + day * DAY_MS)
        fail(world, "KeyError")
        if day == 0:
            fail(world, "KeyError")
            fail(world, "KeyError")

    first, second, third = (message["text"] for message in outbox.messages())
    assert "Failures of this type that were not mailed since the last mail: 2." in second
    assert "were not mailed" not in first + third


def test_a_workflow_can_be_quiet(world: World):
    """Its failures are in its list of runs, and in no mailbox."""
    fail(world, "", "heeding", heeding_fails=True)

    assert mailed() == []


def test_a_stack_without_an_address_mails_and_claims_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    """An address that is set tomorrow gets tomorrow's first failure."""
    run_id = fail(world, "KeyError")
    [item] = notices_of(world, "erring")
    world.dynamodb.delete_item(TableName=world.table, Key={"pk": item["pk"], "sk": item["sk"]})
    event = event_of(world, run_id)

    with world.as_function("interlude-failures"):
        monkeypatch.setenv("NOTIFY_ADDRESS", "")
        failures.handle(event)

    assert notices_of(world, "erring") == []


def notices_of(world: World, workflow: str) -> list[dict[str, Any]]:
    return world.dynamodb.query(
        TableName=world.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"NOTICE#{workflow}"}},
    )["Items"]


def test_a_mail_that_ses_refuses_is_sent_when_lambda_calls_again(world: World, monkeypatch: pytest.MonkeyPatch):
    """The error is raised, so that the call is repeated; the claim is this run's and does not stand in its way."""
    with monkeypatch.context() as ses_is_down:
        ses_is_down.setattr(mail, "send", refuse)
        run_id = fail(world, "KeyError")
    event = event_of(world, run_id)
    assert mailed() == []

    tell_again(world, event)
    tell_again(world, event)

    assert mailed() == ["erring failed: KeyError"]


def refuse(**_: Any) -> None:
    raise ConnectionError("SES is down")


def test_a_notice_whose_sender_has_died_is_left_to_the_next_run(world: World, monkeypatch: pytest.MonkeyPatch):
    """Not at once, since the sender may still be at it: after two minutes."""
    with monkeypatch.context() as ses_is_down:
        ses_is_down.setattr(mail, "send", refuse)
        fail(world, "KeyError")
    fail(world, "KeyError")
    assert mailed() == []

    now_ms = clock.now_ms() + notices.LEASE_S * 1000
    monkeypatch.setattr(clock, "now_ms", lambda: now_ms)
    run_id = fail(world, "KeyError")

    [message] = outbox.messages()
    assert run_id in message["text"]
    assert "Failures of this type that were not mailed since the last mail: 1." in message["text"]


def test_an_event_that_comes_again_changes_nothing(world: World):
    """EventBridge delivers at least once: one mail, one run of the on_error workflow, nothing counted."""
    before = len(world.executions("heeding"))
    run_id = fail(world, "KeyError")
    event = event_of(world, run_id)

    for _ in range(3):
        tell_again(world, event)

    assert mailed() == ["erring failed: KeyError"]
    assert len(world.executions("heeding")) == before + 1
    assert notices_of(world, "erring")[0]["silent"] == {"N": "0"}


def test_another_workflow_gets_the_error_as_its_event(world: World):
    """In the shape that Pipedream's stream of errors has, with the event and the context of the run that failed."""
    run_id = fail(world, "KeyError", message="'customer'")
    failed = world.describe(run_id)

    heeded = heeding_run(world, run_id)

    returned = heeded["steps"][0]["exports"]["$return_value"]
    assert returned == {
        "error": {
            "code": "KeyError",
            "msg": "'customer'",
            "stack": failed["error"]["traceback"],
            "cellId": "err",
            "ts": failed["ended_at"],
        },
        "original_event": {"error": "KeyError", "message": "'customer'"},
        "original_context": failed["trigger"]["context"],
    }
    assert heeded["trigger"]["event"] == returned
    assert "raise type(" in returned["error"]["stack"]


def heeding_run(world: World, failed: str) -> dict[str, Any]:
    """The run that the error of another run has started."""

    def started() -> list[str]:
        ids = [each["name"] for each in world.executions("heeding")]
        return [each for each in ids if f'"{failed}"' in world.item(each).get("trigger", {"S": ""})["S"]]

    until(started)
    ended = world.ended(started()[0])
    # Its own failure is told, too.
    moto_differences.all_delivered()
    return ended


def test_the_run_of_an_error_that_fails_itself_starts_no_other(world: World, capsys: pytest.CaptureFixture[str]):
    """Though its workflow has an on_error: it would go on for ever. The log says so."""
    run_id = fail(world, "KeyError", heeding_fails=True)
    heeded = heeding_run(world, run_id)
    before = len(world.executions("heeding"))
    capsys.readouterr()

    tell_again(world, event_of(world, heeded["run_id"]))

    assert heeded["status"] == "failed"
    assert len(world.executions("heeding")) == before
    warning = json.loads(capsys.readouterr().out.splitlines()[1])
    assert warning["level"] == "WARNING"
    assert warning["message"] == "not starting on_error=heeding: this run was itself started by on_error"


def test_a_run_that_nobody_else_has_started_may_start_its_own_workflow_on_an_error(world: World):
    """on_error may name the workflow itself: one round, and no more."""
    run_id = fail(world, "", "heeding", heeding_fails=True)

    assert heeding_run(world, run_id)["status"] == "failed"


def test_an_on_error_that_names_no_workflow_is_told_in_the_log_and_the_mail_is_sent(
    world: World, capsys: pytest.CaptureFixture[str]
):
    """A typing error in the template keeps nobody uninformed."""
    run_id = fail(world, "KeyError", "mistaken")

    tell_again(world, event_of(world, run_id))

    said = '"level":"WARNING","message":"not starting on_error=nobody: workflow \'nobody\' does not exist"'
    assert said in capsys.readouterr().out
    assert mailed() == ["mistaken failed: KeyError"]


def test_an_event_near_the_limit_still_starts_the_workflow(world: World):
    """What does not fit beside the error is told by its size; the run that failed has it whole."""
    run_id = world.start("erring", {"error": "KeyError", "filler": "x" * (6 * 1024 * 1024 - 100)})
    event_of(world, run_id)

    ids = [each["name"] for each in world.executions("heeding")]
    with world.as_function("interlude-failures"):
        heeded = next(each for each in ids if each.endswith(failures._trace(run_id)))
    original = world.ended(heeded)["trigger"]["event"]["original_event"]
    assert original == {"$omitted_bytes": 6 * 1024 * 1024 - 100 + len('{"error":"KeyError","filler":""}')}


def test_the_deepest_event_still_starts_the_workflow(world: World):
    """It would be nested too deeply beside the error: its size stands there."""
    event: dict[str, Any] = {"error": "KeyError", "deep": functools.reduce(lambda inner, _: [inner], range(198), [])}
    run_id = world.start("erring", event)

    event_of(world, run_id)

    ids = [each["name"] for each in world.executions("heeding")]
    heeded = next(each for each in ids if each.endswith(failures._trace(run_id)))
    original = world.ended(heeded)["trigger"]["event"]["original_event"]
    assert original == {"$omitted_bytes": len(json.dumps(event, separators=(",", ":")))}


def test_a_run_whose_execution_is_stopped_from_outside_is_cancelled(world: World):
    """In the console, for instance: the run ends too, its links are over, and nobody is mailed."""
    run_id = world.start("asking")
    urls = world.paused(run_id)["wait"]

    world.sfn.stop_execution(executionArn=world.execution(run_id), error="ByHand", cause="I was curious.")

    event_of(world, run_id)
    assert world.describe(run_id)["status"] == "cancelled"
    assert "waiting" not in world.item(run_id)
    for link in ("resume_url", "cancel_url"):
        with pytest.raises(RunOver, match=r"not used before the run ended: the run was cancelled at "):
            world.open(urls[link])
    assert mailed() == []


def test_a_later_execution_that_is_stopped_from_outside_ends_its_run_too(world: World, monkeypatch: pytest.MonkeyPatch):
    """Its name is not the run's id; its input has it."""
    from interlude.turns import turn

    monkeypatch.setattr(turn, "TURNS_PER_EXECUTION", 3)
    run_id = world.start("rolling")
    until(lambda: world.describe(run_id)["steps"][0]["runs"] == 4 and world.describe(run_id)["wait"])
    [later] = world.executions("rolling", "RUNNING")
    assert later["name"] != run_id

    world.sfn.stop_execution(executionArn=later["executionArn"])

    event_of(world, later["name"])
    assert world.describe(run_id)["status"] == "cancelled"


def test_a_run_whose_execution_failed_without_a_word_fails_with_what_the_execution_says(world: World):
    """A machine that goes wrong itself records nothing. The step that was at its turn is the one that failed."""
    run_id = world.start("asking")
    resume_url = world.paused(run_id)["wait"]["resume_url"]
    cursor = {"interlude_cursor": 1, "run_id": run_id, "steps": ["ask=arn"], "at": {"next": "nowhere"}}
    broken = start_by_hand(world, "asking", cursor)

    event_of(world, broken)

    view = world.describe(run_id)
    assert (view["status"], view["wait"]) == ("failed", None)
    assert (view["error"]["step"], view["error"]["type"]) == ("ask", "States.Runtime")
    assert view["ended_at"]
    assert world.item(run_id)["expires_at"]
    assert mailed() == ["asking failed: States.Runtime"]
    with pytest.raises(RunOver, match="the run failed at"):
        world.open(resume_url)


def start_by_hand(world: World, workflow: str, given: Any, **more: Any) -> str:
    """Starts an execution as anybody may who has the permission. Returns its name."""
    machine = world.stack.state_machines[f"interlude-{workflow}"]
    started = world.sfn.start_execution(stateMachineArn=machine, input=json.dumps(given), **more)
    return str(started["executionArn"].rpartition(":")[2])


def test_an_execution_ends_no_run_of_another_workflow(world: World):
    """Names are unique for one machine only. The second to take one never becomes a run, which is mailed."""
    name = start_by_hand(world, "asking", {}, name="the-same-name")
    until(lambda: world.item(name).get("status") == {"S": "paused"})

    start_by_hand(world, "plain", {}, name=name)

    event_of(world, name)
    assert world.item(name)["status"] == {"S": "paused"}
    [message] = outbox.messages()
    assert message["subject"].startswith("plain failed: Dynamo")
    assert "The workflow plain failed at its step first." in message["text"]


def test_a_run_that_is_cancelled_is_no_failure(world: World):
    """By its link or through the API: its execution fails or is aborted, and nobody is mailed."""
    asking, stopped = world.start("asking"), world.start("asking")
    url = world.paused(asking)["wait"]["cancel_url"]
    world.paused(stopped)

    world.open(url)
    world.stop(stopped)

    assert event_of(world, asking)["detail"]["status"] == "FAILED"
    assert event_of(world, stopped)["detail"]["status"] == "ABORTED"
    assert mailed() == []
    assert world.describe(asking)["status"] == world.describe(stopped)["status"] == "cancelled"


def test_a_run_that_succeeds_calls_nobody(world: World):
    """The rule takes the ends that are no success."""
    run_id = world.start("plain")
    world.ended(run_id)
    fail(world, "KeyError")

    assert run_id not in {event["detail"]["name"] for event in world.told}


def test_an_event_that_is_too_large_for_its_input_is_understood(world: World):
    """EventBridge leaves it out; only a later execution is told by its input, and that is small."""
    run_id = fail(world, "KeyError")
    event = event_of(world, run_id)
    outbox.keep_in(None)
    [item] = notices_of(world, "erring")
    world.dynamodb.delete_item(TableName=world.table, Key={"pk": item["pk"], "sk": item["sk"]})

    tell_again(world, {**event, "detail": {**event["detail"], "input": None, "inputDetails": {"included": False}}})

    assert mailed() == ["erring failed: KeyError"]


def test_an_execution_of_nobody_is_left_alone(world: World):
    """Another stack's machine whose name begins with this stack's name."""
    event = event_of(world, fail(world, "KeyError"))
    outbox.keep_in(None)
    other = event["detail"]["stateMachineArn"].replace("-erring", "-staging-approval")

    tell_again(world, {**event, "detail": {**event["detail"], "stateMachineArn": other, "name": "theirs"}})

    assert mailed() == []
