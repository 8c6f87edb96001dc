"""POST /runs/{run_id}/retry: a run that failed goes on from the step that failed."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from threading import Barrier
from typing import Any

import pytest

from interlude.aws import executions
from interlude.control import revival, wakeups
from interlude.control.run_list import list_runs
from interlude.errors import CannotRetry, RunOver, UnknownRun, WaitTaken
from interlude.models import Pause
from interlude.run import death, links, store
from interlude.turns import retrying
from local import moto_differences
from tests.unit.stream_records import record
from tests.waiting import LIMIT_S, until
from tests.workflow.world import BASE_URL, World

DIED = {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}


def failed(world: World, event: dict[str, Any]) -> str:
    """A run that has failed at its second step."""
    run_id = world.start("reviving", event)
    assert world.ended(run_id)["error"]["step"] == "work"
    return run_id


def told(view: dict[str, Any]) -> Any:
    """What the step that was retried has returned."""
    return view["steps"][1]["exports"]["$return_value"]


def parked(world: World, run_id: str, wait: str) -> dict[str, Any]:
    until(lambda: "task_token" in world.item(run_id, f"WAIT#{wait}"))
    return world.describe(run_id)


@contextmanager
def dying(world: World, *calls: int) -> Iterator[None]:
    """Inside, the function of the step `work` dies in its first, second, … call instead of answering."""
    seen: list[str] = []

    def instead(function: str) -> dict[str, str] | None:
        if function != "interlude-reviving-work":
            return None
        seen.append(function)
        return DIED if len(seen) in calls else None

    world.instead = instead
    yield
    world.instead = lambda function: None


def test_a_failed_run_goes_on_from_the_step_that_failed(world: World):
    """The same run: what came before is kept and not done again, what comes after is done."""
    run_id = failed(world, {"plan": ["f", "-"]})
    before = world.item(run_id)

    world.retry(run_id)

    view = world.ended(run_id)
    assert (view["run_id"], view["status"], view["error"]) == (run_id, "succeeded", None)
    assert [step["status"] for step in view["steps"]] == ["succeeded"] * 3
    assert view["steps"][2]["exports"]["$return_value"]["gather"] == "gathered"
    assert (world.calls_of(run_id, "gather"), world.calls_of(run_id, "work")) == (1, 2)
    assert (view["steps"][1]["runs"], view["steps"][1]["error"]) == (2, None)
    after = world.item(run_id)
    assert (after["url_key"], after["listed"]) == (before["url_key"], before["listed"])
    assert "failure" not in after


def test_a_run_that_is_retried_is_running(world: World, monkeypatch: pytest.MonkeyPatch):
    """By itself and in the list; nothing of its end is left."""
    run_id = failed(world, {"plan": ["f", "-"]})
    seen: list[Any] = []

    def look(function: str) -> None:
        if function == "interlude-reviving-work":
            with world.as_function("interlude-api"):
                listed = list_runs(["reviving"], "running", 100, "")
                seen.append((world.describe(run_id), listed, world.item(run_id)))

    monkeypatch.setattr(world, "instead", look)
    world.retry(run_id)
    world.ended(run_id)

    [(view, listed, item)] = seen
    assert (view["status"], view["ended_at"], view["error"]) == ("running", None, None)
    assert [step["status"] for step in view["steps"]] == ["succeeded", "running", "pending"]
    assert [(run.run_id, run.status, run.ended_at) for run in listed] == [(run_id, "running", "")]
    assert {"ended_at", "expires_at", "failure"} & item.keys() == set()


def test_credits_go_on_and_count_the_failed_part_once(world: World):
    """One for the part that failed, one for the part that went on."""
    run_id = failed(world, {"plan": ["f", "-"]})
    before = world.describe(run_id)["credits"]

    world.retry(run_id)

    assert (before, world.ended(run_id)["credits"]) == (1, 2)


def test_a_run_can_fail_and_be_retried_again(world: World):
    """Each time under a new execution."""
    run_id = failed(world, {"plan": ["f", "f", "f", "-"]})
    for _ in range(3):
        world.retry(run_id)
        view = world.ended(run_id)

    assert (view["status"], told(view)["call"]) == ("succeeded", 4)
    assert told(view)["context"] == {"runs": 1, "context": None}


def test_what_the_failed_attempt_got_is_given_again(world: World):
    """The context of its rerun and the request that called back; it counts as no rerun. Also after a second failure."""
    run_id = world.start("reviving", {"plan": ["r", "f", "f", "-"]})
    world.open(parked(world, run_id, "1.1")["wait"]["resume_url"], {"body": "from outside"})
    world.ended(run_id)
    for _ in range(2):
        world.retry(run_id)
        view = world.ended(run_id)

    assert told(view)["context"] == {
        "runs": 2,
        "context": {"call": 1},
        "callback_request": {"body": "from outside"},
    }


def test_what_resumed_the_step_before_is_given_again(world: World):
    """pd.context["resume"] is of the wait that the run has come from."""
    run_id = world.start("reviving", {"plan": ["f", "-"], "gather_suspends": True})
    world.open(parked(world, run_id, "0.1")["wait"]["resume_url"], {"body": "approved"})
    world.ended(run_id)

    world.retry(run_id)

    assert told(world.ended(run_id))["resume"] == {"body": "approved"}


def test_files_are_those_from_before_the_failed_attempt(world: World):
    """What it has written itself is gone."""
    run_id = failed(world, {"plan": ["f", "-"]})

    world.retry(run_id)

    assert told(world.ended(run_id))["files"] == {"gathered": "before the failure"}


def test_a_callback_during_the_failed_attempt_is_not_that_of_the_next(world: World):
    """It was for a pause that has not come; the next attempt has links of its own."""
    run_id = failed(world, {"plan": ["scf", "s"]})
    old = links.links(BASE_URL, world.item(run_id)["url_key"]["S"], run_id, "1.1")

    world.retry(run_id)

    view = parked(world, run_id, "1.2")
    assert view["status"] == "paused"
    assert view["wait"]["resume_url"] != old["resume_url"]
    world.open(view["wait"]["resume_url"], {"body": "to the second"})
    assert world.ended(run_id)["steps"][1]["exports"]["$resume_data"] == {"body": "to the second"}


def test_a_run_whose_function_died_goes_on(world: World):
    """The state machine has recorded it, the step has not. What comes then is counted from the user's first run."""
    with dying(world, 1):
        run_id = failed(world, {"plan": ["r", "-"]})
        world.retry(run_id)
        world.open(parked(world, run_id, "1.2")["wait"]["resume_url"], {"body": "yes"})
        assert world.ended(run_id)["status"] == "succeeded"

    assert told(world.describe(run_id))["context"] == {
        "runs": 2,
        "context": {"call": 1},
        "callback_request": {"body": "yes"},
    }


def test_a_run_whose_function_died_in_a_rerun_goes_on_with_that_rerun(world: World):
    """Under a number of its own: links that the dead attempt has handed out are good for nothing."""
    with dying(world, 2):
        run_id = world.start("reviving", {"plan": ["r", "s"]})
        world.open(parked(world, run_id, "1.1")["wait"]["resume_url"], {"body": "called back"})
        world.ended(run_id)
    handed_out = links.links(BASE_URL, world.item(run_id)["url_key"]["S"], run_id, "1.2")

    world.retry(run_id)

    view = parked(world, run_id, "1.3")
    for url in handed_out.values():
        with pytest.raises(WaitTaken, match="The run is no longer waiting here"):
            world.open(url)
    world.open(view["wait"]["resume_url"])
    assert told(world.ended(run_id))["context"] == {
        "runs": 2,
        "context": {"call": 1},
        "callback_request": {"body": "called back"},
    }


def test_a_link_of_a_dead_attempt_is_refused_while_the_next_one_runs(world: World):
    """Nobody is told that a click counts which nobody will ask for."""
    with dying(world, 1):
        run_id = failed(world, {"plan": ["-"]})
    url = links.links(BASE_URL, world.item(run_id)["url_key"]["S"], run_id, "1.1")["resume_url"]
    refused: list[str] = []

    def click(function: str) -> None:
        if function == "interlude-reviving-work":
            with pytest.raises(WaitTaken) as taken:
                world.open(url)
            refused.append(str(taken.value))

    world.instead = click
    world.retry(run_id)

    assert world.ended(run_id)["status"] == "succeeded"
    assert refused == ["The run is no longer waiting here."]


@pytest.mark.parametrize("answered", [False, True], ids=["still open", "answered before"])
def test_a_run_that_failed_in_a_wait_waits_on(world: World, answered: bool):
    """Its execution ended from outside. The code before the wait is not run again, and its link is still good."""
    run_id = world.start("reviving", {"plan": ["s"]})
    url = parked(world, run_id, "1.1")["wait"]["resume_url"]
    with world.as_function("interlude-api"):
        if answered:
            store.claim(run_id, "1.1", "resumed")
        run, steps = store.history(run_id)
        store.close(run_id, 1, death.failure(run, steps, {"Error": "States.Runtime", "Cause": "ended from outside"}))
    world.sfn.stop_execution(executionArn=world.execution(run_id))
    world.ended(run_id)

    world.retry(run_id)
    if not answered:
        until(lambda: world.describe(run_id)["wait"])
        assert world.describe(run_id)["wait"]["resume_url"] == url
        with world.as_function("interlude-api"):
            assert [run.run_id for run in list_runs(["reviving"], "paused", 10, "")] == [run_id]
        world.open(url, "yes")

    assert world.ended(run_id)["status"] == "succeeded"
    assert world.calls_of(run_id, "work") == 1


def test_only_a_failed_run_can_be_retried(world: World):
    """One that goes on, has succeeded, was cancelled or never was says so."""
    resumed, cancelled = (world.start("reviving", {"plan": ["s"]}) for _ in range(2))
    url = parked(world, resumed, "1.1")["wait"]["resume_url"]
    parked(world, cancelled, "1.1")

    with pytest.raises(CannotRetry, match="This run is paused; only a failed run can be retried"):
        world.retry(resumed)
    world.open(url)
    world.stop(cancelled)
    world.ended(resumed)
    with pytest.raises(RunOver, match="it succeeded at"):
        world.retry(resumed)
    with pytest.raises(RunOver, match="it was cancelled at"):
        world.retry(cancelled)
    with pytest.raises(UnknownRun):
        world.retry("reviving-000000000000-0000000000000000")


def test_a_retry_while_the_last_one_goes_on_is_refused(world: World):
    """It is running: there is nothing to retry."""
    run_id = failed(world, {"plan": ["f", "s"]})
    world.retry(run_id)
    parked(world, run_id, "1.2")

    with pytest.raises(CannotRetry, match="This run is paused"):
        world.retry(run_id)

    world.stop(run_id)
    assert world.ended(run_id)["status"] == "cancelled"


@pytest.fixture
def died_in_between(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """A run that an API has set going, which died before it started the execution; and the stream is not read yet."""

    def die(*_: object) -> None:
        raise ConnectionError("no answer")

    def make() -> str:
        run_id = failed(world, {"plan": ["f", "-"]})
        monkeypatch.setattr(world, "streams", False)
        with monkeypatch.context() as broken:
            broken.setattr(executions, "start", die)
            with pytest.raises(ConnectionError):
                world.retry(run_id)
            moto_differences.all_delivered()
        assert world.describe(run_id)["status"] == "running"
        return run_id

    return make


def test_a_retry_that_died_before_the_execution_was_started_is_made_good_by_the_next(
    world: World, died_in_between: Callable[[], str]
):
    """The table says that the run goes on, and nothing does: who asks again starts it, and once only."""
    run_id = died_in_between()
    before = len(world.executions("reviving"))

    world.retry(run_id)

    assert world.ended(run_id)["status"] == "succeeded"
    assert len(world.executions("reviving")) == before + 1


def test_a_retry_that_died_before_the_execution_was_started_is_made_good_by_the_stream(
    world: World, died_in_between: Callable[[], str]
):
    """Nobody has to ask again. A record that comes twice starts nothing twice."""
    run_id = died_in_between()
    before = len(world.executions("reviving"))
    turn = json.loads(world.item(run_id)["retried"]["S"])["turn"]
    told = record("1", "INSERT", world.item(run_id, f"RETRY#{turn}"))

    for _ in range(2):
        with world.as_function("interlude-wakeups"):
            assert wakeups.handle({"Records": [told]}) == {"batchItemFailures": []}

    assert world.ended(run_id)["status"] == "succeeded"
    assert len(world.executions("reviving")) == before + 1


def test_a_retry_is_told_by_the_stream_once(world: World):
    """The item of the retry itself; whatever the run writes after it calls nobody."""
    run_id = failed(world, {"plan": ["f", "r", "-"]})
    moto_differences.all_delivered()
    world.streamed.clear()

    world.retry(run_id)
    world.open(parked(world, run_id, "1.2")["wait"]["resume_url"])
    world.ended(run_id)
    moto_differences.all_delivered()

    told = [each["dynamodb"]["Keys"]["sk"]["S"] for batch in world.streamed for each in batch["Records"]]
    assert sorted(told) == ["RETRY#3", "WAIT#1.2"]


def test_who_has_lost_to_a_retry_that_failed_again_is_told_so(world: World, monkeypatch: pytest.MonkeyPatch):
    """Not that only a failed run can be retried: it has failed."""
    run_id = failed(world, {"plan": ["f", "f"]})
    with world.as_function("interlude-api"):
        slow = [store.history(run_id)]
    world.retry(run_id)
    world.ended(run_id)
    read = revival._read
    monkeypatch.setattr(revival, "_read", lambda run_id: slow.pop() if slow else read(run_id))

    with pytest.raises(CannotRetry, match="Another request has already retried this run, and it has failed again"):
        world.retry(run_id)


PAUSE = Pause("1.1", "rerun", "2026-11-22T16:00:00Z", "2026-11-22T16:01:00Z", parked=True, on_timeout="resume")

TOO_LATE = {
    "failed, says an invocation": lambda run, step, turn: store.fail(run.run_id, step),
    "paused, says an invocation": lambda run, step, turn: store.pause(
        run, replace(step, pause=PAUSE), 1, run.execution
    ),
    "over, says an invocation": lambda run, step, turn: store.finish(run.run_id, step, 1, ""),
    "settled, says an invocation": lambda run, step, turn: store.settle(run.run_id, step),
    "going on, says an invocation": lambda run, step, turn: store.go_on(run, turn),
    "cancelled, says an invocation": lambda run, step, turn: store.cancel(run.run_id, turn),
    "closed, says the function Failures": lambda run, step, turn: store.close(run.run_id, turn, '{"at": {}}'),
}


@pytest.mark.parametrize("write", TOO_LATE.values(), ids=TOO_LATE)
def test_whoever_speaks_for_a_turn_before_the_retry_comes_too_late(world: World, write: Callable[..., object]):
    """A function that outlived its invocation, a second delivery, a write that is repeated: the run goes on."""
    run_id = failed(world, {"plan": ["f", "s"]})
    with world.as_function("interlude-api"):
        before, steps = store.history(run_id)
    world.retry(run_id)
    url = parked(world, run_id, "1.2")["wait"]["resume_url"]
    item, turn = world.item(run_id), steps[1].turn

    with world.as_function("interlude-api"), suppress(RunOver):
        write(replace(before, pauses=1), replace(steps[1], index=7), turn)

    assert world.item(run_id) == item
    assert not world.item(run_id, "STEP#0007")
    world.open(url)
    assert world.ended(run_id)["status"] == "succeeded"


def test_the_state_machine_can_not_record_the_old_failure_again(world: World):
    """Its write is repeated where the answer got lost; the run may have been retried meanwhile."""
    run_id = failed(world, {"plan": ["f", "s"]})
    turn = json.loads(world.item(run_id)["failure"]["S"])["at"]["turn"]
    world.retry(run_id)
    url = parked(world, run_id, "1.2")["wait"]["resume_url"]
    item = world.item(run_id)
    at = asdict(death.FIRST) | {"index": 1, "turn": turn, "next": "continue"}
    stale = {
        "interlude_cursor": 1,
        "run_id": run_id,
        "steps": ["keep=interlude-reviving-none", "work=interlude-reviving-none"],
        "at": at,
    }

    # An execution whose step is not there fails at once. A call that is not allowed would be tried again.
    started = world.sfn.start_execution(
        stateMachineArn=world.stack.state_machines["interlude-reviving"], input=json.dumps(stale)
    )
    world.until_over(started["executionArn"])
    moto_differences.all_delivered()

    assert world.item(run_id) == item
    world.open(url)
    assert world.ended(run_id)["status"] == "succeeded"


def test_a_retry_gets_what_the_failed_attempt_received_also_where_that_ended_after_all(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """Its function was given up and went on: what it has stored since has nothing for a run after it."""
    with dying(world, 2):
        run_id = world.start("reviving", {"plan": ["r", "-"]})
        world.open(parked(world, run_id, "1.1")["wait"]["resume_url"])
        world.ended(run_id)
    with monkeypatch.context() as broken:
        broken.setattr(executions, "start", lambda *_: None)
        world.retry(run_id)
        moto_differences.all_delivered()
    died = json.loads(world.item(run_id, "STEP#0001")["answer"]["S"])["turn"]
    with world.as_function("interlude-api"):
        _, [_, step] = store.history(run_id)
        ended = replace(step, status="succeeded", turn=died, context=step.next_context, next_context=None)
        store.save(run_id, replace(ended, pause=None, answer=death.FIRST))

    world.retry(run_id)

    assert told(world.ended(run_id))["context"]["context"] == {"call": 1}
    with pytest.raises(RunOver):
        world.retry(run_id)


def test_a_retry_that_died_on_its_way_can_be_cancelled(world: World, monkeypatch: pytest.MonkeyPatch):
    """There is no execution to stop."""
    run_id = failed(world, {"plan": ["f", "-"]})
    monkeypatch.setattr(executions, "start", lambda *_: None)
    world.retry(run_id)

    world.stop(run_id)

    assert world.ended(run_id)["status"] == "cancelled"


def test_many_retries_at_once_are_one(world: World):
    """The step runs once; at least one of those who asked is told yes, the others that it runs."""
    run_id = failed(world, {"plan": ["f", "-"]})
    before = len(world.executions("reviving"))
    everybody = Barrier(8, timeout=LIMIT_S)

    def ask(_: int) -> str:
        everybody.wait()
        try:
            revival.retry(run_id)
        except (CannotRetry, RunOver) as refused:
            return type(refused).__name__
        return "yes"

    with world.as_function("interlude-api"), ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(ask, range(8)))

    assert world.ended(run_id)["status"] == "succeeded"
    assert world.calls_of(run_id, "work") == 2
    assert len(world.executions("reviving")) == before + 1
    assert "yes" in answers


def test_word_of_the_first_failure_that_comes_late_ends_nothing(world: World):
    """EventBridge tells at least once, some time: by then the run goes on in another execution."""
    run_id = failed(world, {"plan": ["f", "s"]})
    until(lambda: any(event["detail"]["name"] == run_id for event in world.told))
    event = next(event for event in world.told if event["detail"]["name"] == run_id)
    world.retry(run_id)
    parked(world, run_id, "1.2")

    with world.as_function("interlude-failures"):
        world._tell(event)

    assert world.describe(run_id)["status"] == "paused"
    world.stop(run_id)
    world.ended(run_id)


def test_the_execution_of_a_retry_that_ends_badly_ends_the_run(world: World):
    """Word of that one counts."""
    run_id = failed(world, {"plan": ["f", "s"]})
    world.retry(run_id)
    parked(world, run_id, "1.2")

    world.sfn.stop_execution(executionArn=world.item(run_id)["execution"]["S"])

    assert world.ended(run_id)["status"] == "cancelled"


def test_auto_retries_are_counted_anew(world: World, monkeypatch: pytest.MonkeyPatch):
    """One retry by itself before the run fails, and one more after it was retried."""
    monkeypatch.setattr(retrying, "RETRIES", 1)
    monkeypatch.setattr(retrying, "FIRST_MS", 1)
    run_id = world.start("retrying", {"failures": 3})
    assert world.ended(run_id)["status"] == "failed"

    world.retry(run_id)

    view = world.ended(run_id)
    assert view["status"] == "succeeded"
    assert view["steps"][0]["exports"]["$return_value"] == {"call": 4, "run": {"runs": 1, "context": None}}


@contextmanager
def deployed_anew(world: World, change: Any) -> Iterator[None]:
    """Inside, the workflow has another definition: its text is changed."""
    arn = world.stack.state_machines["interlude-reviving"]
    definition = world.sfn.describe_state_machine(stateMachineArn=arn)["definition"]
    world.sfn.update_state_machine(stateMachineArn=arn, definition=change(definition))
    yield
    world.sfn.update_state_machine(stateMachineArn=arn, definition=definition)


def test_a_retry_runs_the_newest_steps_and_options(world: World):
    """Steps after the failed one may have come, gone or changed."""
    run_id = failed(world, {"plan": ["f", "-"]})

    def change(definition: str) -> str:
        parts = json.loads(definition)
        [steps] = {parts["States"]["Begin"]["Parameters"]["Item"]["steps"]["S"]}
        gather, work, _ = steps.split(",")
        newest = ",".join([gather, work, work.replace("work=", "again=")])
        return definition.replace(steps, newest).replace('"options": {"S": ""}', '"options": {"S": "quiet"}')

    with deployed_anew(world, change):
        world.retry(run_id)
        view = world.ended(run_id)

    assert view["status"] == "succeeded"
    assert [step["name"] for step in view["steps"]] == ["gather", "work", "again"]
    assert view["steps"][2]["exports"]["$return_value"] == "a step of a later deployment"
    assert world.item(run_id)["options"] == {"S": "quiet"}


@pytest.mark.parametrize(
    ("old", "new"), [("work=", "toil="), ("gather=", "collect=")], ids=["the failed step", "a step before it"]
)
def test_a_run_whose_workflow_has_other_steps_by_now_can_t_be_retried(world: World, old: str, new: str):
    """The sentence names them, and the run stays as it is."""
    run_id = failed(world, {"plan": ["f", "-"]})
    before = world.describe(run_id)

    with (
        deployed_anew(world, lambda definition: definition.replace(old, new)),
        pytest.raises(CannotRetry, match=rf"would continue at its step 'work'.* now has .*{new[:-1]}"),
    ):
        world.retry(run_id)

    assert world.describe(run_id) == before
    world.retry(run_id)
    assert world.ended(run_id)["status"] == "succeeded"


def test_a_retry_that_fails_otherwise_tells_its_own_error(world: World):
    """Not the one that the step had stored before."""
    with dying(world, 2):
        run_id = failed(world, {"plan": ["f", "-"]})
        world.retry(run_id)
        until(lambda: "Sandbox" in world.item(run_id).get("failure", {"S": ""})["S"])
        view = world.ended(run_id)

    assert view["error"] == {"step": "work", "type": "Sandbox.Timedout", "message": "Task timed out", "traceback": ""}


def test_each_retry_costs_its_own_segment(world: World):
    """What was counted before is not counted again."""
    with dying(world, 1, 2):
        run_id = failed(world, {"plan": ["-"]})
        world.dynamodb.update_item(
            TableName=world.table,
            Key={"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "STEP#0000"}},
            UpdateExpression="SET segment_ms = :ms",
            ExpressionAttributeValues={":ms": {"N": "300000"}},
        )
        costs = [world.describe(run_id)["credits"]]
        for _ in range(2):
            world.retry(run_id)
            costs.append(world.ended(run_id)["credits"])

    assert costs == [10, 11, 12]


def test_a_run_that_failed_in_its_wait_goes_back_into_it(world: World):
    """For what is left of it, with a timer, and with a record that outlives it."""
    run_id = world.start("reviving", {"plan": ["r", "-"]})
    parked(world, run_id, "1.1")
    with world.as_function("interlude-api"):
        run, steps = store.history(run_id)
        store.close(run_id, 1, death.failure(run, steps, {"Error": "States.Runtime", "Cause": "no reason given"}))
    world.sfn.stop_execution(executionArn=world.execution(run_id))
    world.ended(run_id)

    world.retry(run_id)

    at = json.loads(world.item(run_id)["retried"]["S"])
    assert (at["next"], at["wait"]) == ("park", "1.1")
    assert 50 < at["seconds"] <= 60
    assert world.describe(run_id)["wait"]["kind"] == "rerun"
    assert world.calls_of(run_id, "work") == 1
