"""How a run ends, and what stays of it."""

import pytest
from moto.awslambda.exceptions import LambdaClientError

from interlude import clock
from interlude.errors import RunOver
from local import moto_differences
from tests.workflow import outside
from tests.workflow.world import World

NOW_MS = 1_795_363_200_000  # 2026-11-22T16:00:00Z
IN_30_DAYS = "1797955200"


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: NOW_MS)


def test_a_step_that_raises_fails_the_run_with_its_own_error(world: World):
    """Type, message and traceback are in the run, and the steps after it never run."""
    run_id = world.start("failing")

    view = world.ended(run_id)

    assert view["status"] == "failed"
    assert view["error"]["step"] == "fail"
    assert (view["error"]["type"], view["error"]["message"]) == ("LookupError", "nothing there")
    assert 'raise LookupError("nothing there")' in view["error"]["traceback"]
    assert [(step["status"], step["runs"]) for step in view["steps"]] == [("failed", 1), ("pending", 0)]
    assert world.entered(run_id)[-3:] == ["Run step", "Record failure", "Failed"]


def test_the_execution_of_a_failed_run_fails_under_the_error_of_the_user(world: World):
    """The console of Step Functions shows what went wrong without a look into the table."""
    run_id = world.start("failing")
    world.ended(run_id)

    execution = world.sfn.describe_execution(executionArn=world.execution(run_id))

    assert (execution["status"], execution["error"]) == ("FAILED", "LookupError")


def test_the_error_of_a_user_is_not_retried(world: World):
    """The step's code runs once."""
    run_id = world.start("failing")
    world.ended(run_id)

    assert world.calls_of(run_id, "fail") == 1


def test_an_error_of_lambda_itself_is_retried(world: World):
    """Run step asks again when Lambda could not run the function, and the run does not notice."""
    attempts: list[str] = []

    def fail_once(step: str) -> None:
        attempts.append(step)
        if len(attempts) == 1:
            raise LambdaClientError("ServiceException", "Lambda is not well.")

    world.instead = fail_once

    view = world.ended(world.start("exiting"))

    assert view["status"] == "succeeded"
    assert attempts == ["interlude-exiting-leave", "interlude-exiting-leave"]


def test_a_function_that_dies_fails_the_run_and_says_which_step_and_how(world: World):
    """A timeout or a crash leaves nothing behind but Lambda's own words."""
    message = "RequestId: 1 Error: Task timed out after 60.00 seconds"
    world.instead = lambda function: (
        {"errorType": "Sandbox.Timedout", "errorMessage": message} if function == "interlude-plain-second" else None
    )

    view = world.ended(world.start("plain"))

    assert view["status"] == "failed"
    assert view["error"] == {"step": "second", "type": "Sandbox.Timedout", "message": message, "traceback": ""}
    assert [step["status"] for step in view["steps"]] == ["succeeded", "failed", "pending"]
    assert view["steps"][1]["error"] == {"type": "Sandbox.Timedout", "message": message, "traceback": ""}


def test_a_function_that_dies_in_a_rerun_counts_as_that_run(world: World):
    """The first run was stored, the second died: the step has run twice, and its links are over."""
    run_id = world.start("calling", {"delay_ms": 3_600_000})
    url = world.paused(run_id)["wait"]["resume_url"]
    world.instead = lambda function: {"errorType": "Runtime.ExitError", "errorMessage": "exit status 1"}

    world.open(url)

    view = world.ended(run_id)
    assert (view["status"], view["error"]["type"]) == ("failed", "Runtime.ExitError")
    assert (view["steps"][0]["status"], view["steps"][0]["runs"], view["wait"]) == ("failed", 2, None)
    assert "waiting" not in world.item(run_id)


def test_links_of_a_step_that_failed_after_it_had_suspended_are_over(world: World):
    """An exception after suspend() fails the run; nothing is left to resume."""
    view = world.ended(world.start("asking", {"fails": True}))
    run_id = view["run_id"]
    assert (view["status"], view["wait"]) == ("failed", None)

    call = next(made for made in world.invocations if made.payload["run_id"] == run_id)
    with world.as_function("interlude-api"):
        from interlude.run import links, store

        key = store.load(run_id, 0).run.url_key
        urls = links.links("https://interlude.example", key, run_id, "0.1")
    assert call.failed
    for url in urls.values():
        with pytest.raises(RunOver, match=r"not used before the run ended: the run failed at "):
            world.open(url)


def test_exit_ends_the_run_as_succeeded_and_beats_a_suspend(world: World):
    """The rest of the step runs, its return value is kept, the steps after it never run."""
    view = world.ended(world.start("exiting"))

    assert (view["status"], view["exit_reason"]) == ("succeeded", "no need to go on")
    assert view["steps"][0]["exports"]["$return_value"] == "the rest runs"
    assert view["steps"][1]["runs"] == 0


@pytest.mark.parametrize("kept", [True, False], ids=["in Park", "in Delay"])
def test_stopping_a_run_ends_it_wherever_it_waits(world: World, kept: bool):
    """The execution is aborted, the run is cancelled, and asking again says so."""
    run_id = world.start("delaying", {"delay_ms": 3_600_000, "kept": kept})
    world.paused(run_id)

    world.stop(run_id)

    view = world.ended(run_id)
    assert view["status"] == "cancelled"
    assert world.sfn.describe_execution(executionArn=world.execution(run_id))["status"] == "ABORTED"
    with pytest.raises(RunOver, match=r"This run has ended: it was cancelled at "):
        world.stop(run_id)


def test_a_run_that_waits_stands_in_the_index_of_waiting_runs(world: World):
    """`waiting` is what the sparse index is made of: it comes with the pause."""
    run_id = world.start("asking")
    world.paused(run_id)

    item = world.item(run_id)

    assert item["waiting"] == {"S": "asking"}
    assert "expires_at" not in item


def test_a_run_that_goes_on_waits_no_more(world: World):
    """The index of waiting runs forgets it with the click, not with its end: after a suspend, and in a rerun."""
    asking, calling = world.start("asking"), world.start("calling", {"delay_ms": 3_600_000})
    urls = [world.paused(run_id)["wait"]["resume_url"] for run_id in (asking, calling)]
    items = []
    world.instead = lambda function: items.append(world.item(asking)) if function.endswith("asking-tell") else None
    outside.during = lambda run_id: items.append(world.item(run_id))

    for url in urls:
        world.open(url)

    world.ended(asking)
    world.ended(calling)
    assert [item["status"] for item in items] == [{"S": "running"}, {"S": "running"}]
    assert not any("waiting" in item for item in items)


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(
    ("workflow", "event", "link", "status"),
    [
        ("plain", None, None, "succeeded"),
        ("exiting", None, None, "succeeded"),
        ("asking", {}, "resume_url", "succeeded"),
        ("asking_last", {}, "resume_url", "succeeded"),
        ("asking", {}, "cancel_url", "cancelled"),
        ("asking", {"timeout_ms": 1, "on_timeout": "cancel"}, None, "cancelled"),
        ("failing", None, None, "failed"),
        ("asking", {"fails": True}, None, "failed"),
    ],
)
def test_whatever_ends_a_run_it_expires_after_the_retention_and_waits_no_more(
    world: World, workflow: str, event: object, link: str | None, status: str
):
    """30 days after its end the table may forget a run, however it ended."""
    run_id = world.start(workflow, event)
    if link:
        world.open(world.paused(run_id)["wait"][link])
    world.ended(run_id)

    item = world.item(run_id)

    assert item["status"] == {"S": status}
    assert "waiting" not in item
    assert item["expires_at"] == {"N": IN_30_DAYS}


@pytest.mark.usefixtures("stopped_clock")
def test_a_stopped_run_expires_after_the_retention_and_waits_no_more(world: World):
    """The stop of a whole run leaves the same item behind as its cancel link."""
    run_id = world.start("asking")
    world.paused(run_id)
    world.stop(run_id)

    item = world.item(run_id)

    assert item["status"] == {"S": "cancelled"}
    assert "waiting" not in item
    assert item["expires_at"] == {"N": IN_30_DAYS}


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("dying", ["first", "second"])
def test_a_run_of_a_function_that_dies_expires_after_the_retention(world: World, dying: str):
    """The state machine records it alone, by the time that the turn before has reckoned.

    It can't reckon itself, so that a death in the very first turn leaves 0, which DynamoDB takes for never. The
    function Failures mends that.
    """
    died = {"errorType": "Runtime.ExitError", "errorMessage": "exit status 1"}
    world.instead = lambda function: died if function == f"interlude-plain-{dying}" else None
    run_id = world.start("plain")
    world.ended(run_id)
    moto_differences.all_delivered()

    item = world.item(run_id)

    assert item["status"] == {"S": "failed"}
    assert item["expires_at"] == {"N": IN_30_DAYS}


def test_credits_count_each_segment_once(world: World):
    """A run without a pause costs one, one that was resumed two, a poll one for each of its runs."""
    asking = world.start("asking")
    world.open(world.paused(asking)["wait"]["resume_url"])

    assert world.ended(world.start("plain"))["credits"] == 1
    assert world.ended(asking)["credits"] == 2
    assert world.ended(world.start("polling", {"delay_ms": 0}))["credits"] == 3
