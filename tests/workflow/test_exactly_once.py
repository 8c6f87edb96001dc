"""What may happen twice, or at the same time, has one outcome."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from interlude.aws import executions
from interlude.control import runs, waits
from interlude.errors import RunOver, WaitTaken
from interlude.run import links, store
from tests.waiting import LIMIT_S, until
from tests.workflow import outside
from tests.workflow.world import World


@pytest.mark.parametrize(
    ("workflow", "event"),
    [
        ("plain", None),
        ("asking", {"timeout_ms": 1}),
        ("polling", {"delay_ms": 0}),
        ("calling", {"delay_ms": 0}),
        ("exiting", None),
        ("responding", {}),
    ],
)
def test_a_retried_invocation_answers_the_same_and_runs_no_code_again(world: World, workflow: str, event: object):
    """Step Functions calls again when an answer got lost; only the step's latest turn can have been that."""
    run_id = world.start(workflow, event)
    world.ended(run_id)
    made = [call for call in world.invocations if call.payload["run_id"] == run_id]
    latest = {call.step: call for call in made}
    calls_before = dict(outside.calls)

    again = [world.call_again(call) for call in latest.values()]

    assert [call.answer for call in again] == [call.answer for call in latest.values()]
    assert [call.requests for call in again] == [["BatchGetItem"]] * len(latest)
    assert outside.calls == calls_before


def test_a_retried_invocation_of_a_step_that_failed_fails_the_same(world: World):
    """The error was stored with the step, and is raised again from there."""
    run_id = world.start("failing")
    world.ended(run_id)
    first = next(call for call in world.invocations if call.payload["run_id"] == run_id)

    again = world.call_again(first)

    assert (again.failed, again.answer["errorType"]) == (True, "LookupError")
    assert again.answer["errorMessage"] == "nothing there"
    assert world.calls_of(run_id, "fail") == 1


def test_an_invocation_that_comes_after_later_turns_of_its_step_runs_no_code(world: World):
    """It was on its way while its repetition was answered, and the run has gone on since: nobody waits for it."""
    run_id = world.start("retrying_waits", {"plan": ["r", "s"]})
    world.open(world.paused(run_id)["wait"]["resume_url"])
    until(lambda: "task_token" in world.item(run_id, "WAIT#0.2"))
    view = world.describe(run_id)
    first = next(call for call in world.invocations if call.payload["run_id"] == run_id)

    again = world.call_again(first)

    assert (again.failed, again.requests) == (False, ["BatchGetItem"])
    assert world.calls_of(run_id, "ask") == 2
    assert world.describe(run_id) == view


def test_a_retried_invocation_of_an_attempt_that_is_to_be_retried_runs_no_code_again(world: World):
    """While the run waits for the next attempt: the failed one is not made twice."""
    run_id = world.start("retrying", {"failures": 1})
    world.paused(run_id)
    first = next(call for call in world.invocations if call.payload["run_id"] == run_id)

    again = world.call_again(first)

    assert (again.answer, again.requests) == (first.answer, ["BatchGetItem"])
    assert world.calls_of(run_id, "fetch") == 1


def test_a_twin_that_has_read_the_wait_runs_no_code_when_the_other_has_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """Lambda called twice, and one was slow: what it has read is old by the time that it would run the step again."""
    run_id = world.start("retrying_waits", {"plan": ["r", "s"]})
    url = world.paused(run_id)["wait"]["resume_url"]
    with world.as_function("interlude-api"):
        with monkeypatch.context() as off:
            off.setattr(executions, "wake", lambda *_, **__: None)
            world.streams = False
            world.open(url)
        before = store.load(run_id, 0, "0.1")
    world.streams = True
    world.open(url)
    until(lambda: "task_token" in world.item(run_id, "WAIT#0.2"))
    view, old, load = world.describe(run_id), [before], store.load
    second = [call for call in world.invocations if call.payload["run_id"] == run_id][1]
    monkeypatch.setattr(store, "load", lambda *named: old.pop() if old else load(*named))

    again = world.call_again(second)

    assert not old
    assert again.answer == second.answer
    assert world.calls_of(run_id, "ask") == 2
    assert world.describe(run_id) == view


def test_two_invocations_at_the_same_time_have_one_stored_result(world: World):
    """Both run the code, which nobody can prevent; one of them is stored, and both answer with it."""
    world.twice = True
    run_id = world.start("racing")
    view = world.ended(run_id)

    made = [call for call in world.invocations if call.payload["run_id"] == run_id]

    assert [call.step for call in made] == ["race", "race"]
    assert made[0].answer == made[1].answer
    assert world.calls_of(run_id, "race") == 2
    assert view["steps"][0]["exports"]["$return_value"] in (1, 2)
    assert (view["steps"][0]["runs"], view["credits"]) == (1, 1)


def test_two_suspends_at_the_same_time_pause_once(world: World):
    """The second call's wait, count of pauses and credits are not added to the first's."""
    world.twice = True
    run_id = world.start("racing", {"suspends": True})
    wait = world.paused(run_id)["wait"]
    assert world.item(run_id)["pauses"] == {"N": "1"}
    world.twice = False

    world.open(wait["resume_url"], "yes")

    view = world.ended(run_id)
    assert (view["status"], view["credits"]) == ("succeeded", 2)


def parts(url: str) -> list[str]:
    """Action, run, wait and signature of a link."""
    return url.split("/")[3:]


def test_many_clicks_have_one_winner_and_the_same_answer(world: World):
    """Eight people have all found the wait open before the first of them ends it; all are told the same time."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"]["resume_url"]
    everybody = Barrier(8, timeout=LIMIT_S)

    def click(who: int) -> waits.Ended:
        def read_request() -> int:
            everybody.wait()
            return who

        return waits.end(*parts(url), read_request)

    with world.as_function("interlude-api"), ThreadPoolExecutor(8) as crowd:
        ended = list(crowd.map(click, range(8)))

    view = world.ended(run_id)
    assert [each.first for each in ended].count(True) == 1
    assert {each.at for each in ended} == {ended[0].at}
    winner = [each.first for each in ended].index(True)
    assert view["steps"][0]["exports"]["$resume_data"] == winner


def test_resume_against_cancel_has_one_outcome(world: World):
    """Somebody cancels while a resume is on its way: the run is cancelled, and the resume is told so."""
    run_id = world.start("asking")
    wait = world.paused(run_id)["wait"]
    cancelled = []

    def read_request() -> str:
        cancelled.append(waits.end(*parts(wait["cancel_url"]), dict))
        return "too late"

    with (
        world.as_function("interlude-api"),
        pytest.raises(WaitTaken, match=r"This wait was already cancelled at ") as taken,
    ):
        waits.end(*parts(wait["resume_url"]), read_request)

    assert cancelled[0].first
    assert (taken.value.outcome, taken.value.at) == ("cancelled", cancelled[0].at)
    assert world.ended(run_id)["status"] == "cancelled"


def test_a_click_that_loses_to_the_timer_is_told_so(world: World):
    """The time is up while a resume is on its way: the run continues without it."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"]["resume_url"]

    def read_request() -> str:
        won, wait = store.claim(run_id, "0.1", "elapsed")
        executions.wake(wait.task_token, cancel=False)
        return f"too late: {won}"

    with world.as_function("interlude-api"), pytest.raises(WaitTaken) as taken:
        waits.end(*parts(url), read_request)

    view = world.ended(run_id)
    assert str(taken.value) == f"This wait timed out at {taken.value.at}, and the run continued."
    assert view["status"] == "succeeded"
    assert "$resume_data" not in view["steps"][0]["exports"]


def test_a_repeated_click_is_told_when_the_first_was(world: World):
    """It changes nothing, neither while the run goes on nor after its end."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"]["resume_url"]
    first = world.open(url, "mine")
    world.ended(run_id)

    again = world.open(url, "another")

    assert (again.outcome, again.at, again.first) == ("resumed", first.at, False)
    assert world.describe(run_id)["steps"][0]["exports"]["$resume_data"] == "mine"


def test_a_wake_up_that_got_lost_is_sent_again_by_a_later_click(world: World):
    """The API may die between the claim and SendTaskSuccess; here the stream's own wake-up does not come."""
    world.streams = False
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"]["resume_url"]
    with world.as_function("interlude-api"):
        won, _ = store.claim(run_id, "0.1", "resumed")
    assert won
    assert world.entered(run_id)[-1] == "Park"

    again = world.open(url)

    assert (again.outcome, again.first) == ("resumed", False)
    assert world.ended(run_id)["status"] == "succeeded"


def test_a_click_after_the_time_was_up_is_too_late(world: World):
    """While the run goes on, and after it has ended."""
    run_id = world.start("asking", {"timeout_ms": 1})
    world.ended(run_id)
    with world.as_function("interlude-api"):
        key = store.load(run_id, 0).run.url_key
    urls = links.links("https://interlude.example", key, run_id, "0.1")

    for url in urls.values():
        with pytest.raises(RunOver):
            world.open(url)


def test_an_execution_of_the_same_name_in_another_workflow_touches_nothing(world: World):
    """Names are unique per state machine only; the item of a run belongs to the execution that made it."""
    run_id = world.start("asking", {"mine": 1})
    world.paused(run_id)
    before = world.item(run_id)

    machine = world.stack.state_machines["interlude-plain"]
    other = world.sfn.start_execution(stateMachineArn=machine, name=run_id, input="{}")["executionArn"]

    world.until_over(other)
    assert world.sfn.describe_execution(executionArn=other)["status"] == "FAILED"
    assert world.item(run_id) == before
    assert not [call for call in world.invocations if call.payload["execution"] == other]


def test_a_run_can_be_read_before_it_has_begun(world: World, monkeypatch: pytest.MonkeyPatch):
    """The id that a trigger answers is good at once, even where Begin has not been there yet."""
    with world.as_function("interlude-api"):
        run_id = runs.start("asking", {"early": True})
        monkeypatch.setattr(store, "history", _no_item)
        view = runs.describe(run_id, "https://interlude.example")

    assert (view["run_id"], view["workflow"], view["status"]) == (run_id, "asking", "running")
    assert view["trigger"]["event"] == {"early": True}
    assert [step["name"] for step in view["steps"]] == ["ask", "tell"]
    assert json.dumps(view)


def _no_item(run_id: str) -> None:
    from interlude.errors import UnknownRun

    raise UnknownRun(run_id)
