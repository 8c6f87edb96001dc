"""Requests that are sent twice: a key makes them one, however they come."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from interlude import clock
from interlude.aws import executions
from interlude.control import repeats, runs
from interlude.errors import KeyReused
from tests.waiting import LIMIT_S
from tests.workflow.world import World


def started(world: World, workflow: str) -> int:
    return len(world.executions(workflow))


def test_a_request_with_the_key_of_an_earlier_one_starts_nothing(world: World):
    """It is told of the first one's run, while that goes on and after its end."""
    before = started(world, "asking")
    first = world.start("asking", {"order": 7}, key="order-7")
    while_it_waits = world.start("asking", {"order": 7}, key="order-7")
    world.open(world.paused(first)["wait"]["resume_url"])
    world.ended(first)

    after_its_end = world.start("asking", {"order": 7}, key="order-7")

    assert (while_it_waits, after_its_end) == (first, first)
    assert started(world, "asking") == before + 1


def test_many_first_requests_at_once_start_one_run(world: World):
    """None of them has found the others' trace before it left its own."""
    before = started(world, "plain")
    everybody = Barrier(8, timeout=LIMIT_S)

    def request(_: int) -> str:
        everybody.wait()
        return runs.start("plain", {}, repeats.mark("at once", "api", {}))

    with world.as_function("interlude-api"), ThreadPoolExecutor(8) as crowd:
        told = set(crowd.map(request, range(8)))

    assert len(told) == 1
    assert world.ended(told.pop())["status"] == "succeeded"
    assert started(world, "plain") == before + 1


def test_a_key_is_its_workflow_s_own(world: World):
    """And that of a request without a key is none."""
    told = [world.start("plain", key="mine"), world.start("telling", key="mine"), world.start("plain")]

    for run_id in told:
        world.ended(run_id)
    assert len(set(told)) == 3


def test_a_key_that_comes_with_something_else_is_refused(world: World):
    """Nobody is told of a run that does what another has asked for."""
    first = world.start("plain", {"amount": 1}, key="pay")
    world.ended(first)
    before = started(world, "plain")

    with pytest.raises(KeyReused, match=r"This Idempotency-Key was already used for a different request"):
        world.start("plain", {"amount": 2}, key="pay")

    assert started(world, "plain") == before
    assert world.start("plain", {"amount": 1}, key="pay") == first


def test_a_first_request_that_died_before_its_run_was_started_is_made_good_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """The key was taken, StartExecution never came: who has kept asking gets the run."""

    def dies(*_: object) -> None:
        raise ConnectionError("no answer")

    with monkeypatch.context() as broken:
        broken.setattr(executions, "start", dies)
        with pytest.raises(ConnectionError):
            world.start("plain", {"n": 1}, key="half")

    run_id = world.start("plain", {"n": 1}, key="half")

    assert world.ended(run_id)["status"] == "succeeded"
    assert world.start("plain", {"n": 1}, key="half") == run_id


def test_after_24_hours_a_key_starts_a_new_run(world: World, monkeypatch: pytest.MonkeyPatch):
    """Counted from the first request, not from the last; then it may come with something else, too."""
    first = world.start("plain", {"n": 1}, key="daily")
    world.ended(first)
    now = clock.now_ms()

    def in_seconds(seconds: int) -> Callable[[], int]:
        return lambda: now + seconds * 1000

    monkeypatch.setattr(clock, "now_ms", in_seconds(86_340))
    same = world.start("plain", {"n": 1}, key="daily")
    monkeypatch.setattr(clock, "now_ms", in_seconds(86_460))
    another = world.start("plain", {"n": 2}, key="daily")

    assert same == first
    assert another != first
    assert world.ended(another)["trigger"]["event"] == {"n": 2}


def test_a_key_costs_one_request_and_no_key_costs_none(world: World):
    """Of DynamoDB, beside what the run makes."""
    with world.as_function("interlude-api"):
        seen = len(world._requests)
        plain = runs.start("asking", {})
        without = world._requests[seen:].count("UpdateItem")
    world.paused(plain)
    with world.as_function("interlude-api"):
        seen = len(world._requests)
        marked = runs.start("asking", {}, repeats.mark("costs", "api", {}))
        made = world._requests[seen:].count("UpdateItem")
    world.paused(marked)

    assert (without, made) == (0, 1)


def test_a_resume_that_its_sender_repeats_gets_its_first_answer(world: World):
    """The very same, also after the run's end; another sender is told that it was not first."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"]["resume_url"]
    first = world.open(url, {"body": "yes"}, key="mine")
    world.ended(run_id)

    assert world.open(url, {"body": "yes"}, key="mine") == first
    assert first.first
    assert not world.open(url, {"body": "yes"}, key="another").first
    assert not world.open(url, {"body": "yes"}).first
    assert world.describe(run_id)["steps"][0]["exports"]["$resume_data"] == {"body": "yes"}


def test_a_cancel_that_its_sender_repeats_gets_its_first_answer(world: World):
    """As a resume does."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"]["cancel_url"]
    first = world.open(url, {"body": ""}, key="mine")
    world.ended(run_id)

    assert world.open(url, {"body": ""}, key="mine") == first
    assert first.first


def test_a_resume_with_the_same_key_and_other_data_is_refused(world: World):
    """Its data is not what the run goes on with, and nobody is told that it was."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"]["resume_url"]
    world.open(url, {"body": "yes"}, key="mine")

    with pytest.raises(KeyReused):
        world.open(url, {"body": "no"}, key="mine")

    world.ended(run_id)
    assert world.describe(run_id)["steps"][0]["exports"]["$resume_data"] == {"body": "yes"}
