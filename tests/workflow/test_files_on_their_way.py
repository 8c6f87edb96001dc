"""Files in /tmp on their way through a run: each function of the stack is one environment, with its own folder."""

from typing import Any

import pytest

from tests.waiting import until
from tests.workflow import outside
from tests.workflow.world import World

PUT, GET = "PutObject", "GetObject"
TWO = {"a": "1", "b": "2"}


def returned(view: dict[str, Any]) -> list[Any]:
    return [step["exports"].get("$return_value") for step in view["steps"]]


def over(world: World, run_id: str) -> dict[str, Any]:
    """The run when it has ended, though others of its workflow have not."""
    until(lambda: world.item(run_id).get("ended_at"))
    return world.describe(run_id)


def test_files_of_a_step_are_there_in_all_steps_after_it(world: World):
    """In other functions. Each of them that does not change them makes one request."""
    run_id = world.start("filing", {"writes": TWO})

    assert returned(world.ended(run_id)) == [{}, TWO, TWO]
    assert world.objects(run_id) == [[PUT], [GET], [GET]]


def test_a_run_without_files_makes_no_request_for_them(world: World):
    """Not even in environments that have had files."""
    world.ended(world.start("filing", {"writes": TWO}))

    run_id = world.start("filing", {})

    assert returned(world.ended(run_id)) == [{}, {}, {}]
    assert world.objects(run_id) == [[], [], []]


def test_a_step_may_add_to_the_files_of_another(world: World):
    """What it adds is not kept at the end of the run."""
    run_id = world.start("filing", {"writes": TWO, "changes": True})

    assert returned(world.ended(run_id)) == [{}, TWO, {**TWO, "change 1": "done"}]
    assert world.objects(run_id) == [[PUT], [GET, PUT], [GET]]


def test_files_are_there_after_a_pause(world: World):
    """However the environments were used meanwhile. Settling the wait makes no request."""
    run_id = world.start("filing", {"writes": TWO, "suspends": True})
    url = world.paused(run_id)["wait"]["resume_url"]
    over(world, world.start("filing", {"writes": {"a": "of another run"}}))

    world.open(url)

    assert returned(world.ended(run_id)) == [{}, TWO, TWO]
    assert world.objects(run_id) == [[PUT], [], [GET], [GET]]


def test_a_rerun_finds_what_the_run_before_it_wrote(world: World):
    """In the same environment without a request; each run that writes sends the files as they are then."""
    run_id = world.start("filing", {"writes": {"a": "1"}, "changes": True, "runs": 3})

    everything = {"a": "1", "change 1": "done", "change 2": "done", "change 3": "done"}
    assert returned(world.ended(run_id))[2] == everything
    assert world.objects(run_id) == [[PUT], [GET, PUT], [PUT], [PUT], [GET]]


def test_two_runs_in_the_same_environments_never_see_each_other(world: World):
    """Their files have the same names, and one run waits while the other runs."""
    first = world.start("filing", {"writes": {"a": "first"}, "suspends": True})
    first_url = world.paused(first)["wait"]["resume_url"]
    second = world.start("filing", {"writes": {"a": "second", "b": "second"}, "suspends": True})
    second_url = world.paused(second)["wait"]["resume_url"]
    world.open(first_url)
    over(world, first)
    world.open(second_url)

    assert returned(world.describe(first)) == [{}, {"a": "first"}, {"a": "first"}]
    both = {"a": "second", "b": "second"}
    assert returned(world.ended(second)) == [{}, both, both]


def test_a_retry_begins_with_the_files_as_they_were_before_the_failed_attempt(world: World):
    """What that had written is neither kept nor left in its environment."""
    run_id = world.start("filing", {"writes": {"a": "1"}, "changes": True, "failures": 1})
    until(lambda: "task_token" in world.item(run_id, "WAIT#1.1r"))

    world.open(world.describe(run_id)["steps"][1]["exports"]["$attempt"]["rerun_url"])

    assert returned(world.ended(run_id)) == [{}, {"a": "1"}, {"a": "1", "change 2": "done"}]


def test_two_calls_of_one_turn_keep_the_files_of_the_one_that_counts(world: World):
    """Both have written an object under a name of its own, and both answer with the same name."""
    outside.during = lambda run_id: setattr(world, "twice", False)
    world.twice = True
    run_id = world.start("filing", {"writes": TWO, "races": True})

    # Not what the first step found: here both calls have one folder, and the slower one sees what the other wrote.
    assert returned(world.ended(run_id))[1:] == [TWO, TWO]
    made = [call for call in world.invocations if call.payload["run_id"] == run_id]
    assert [call.step for call in made] == ["write", "write", "change", "look"]
    assert made[0].answer == made[1].answer
    assert sorted(call.objects.count(PUT) for call in made[2:]) == [0, 0]


def test_an_answer_that_got_lost_is_given_again_without_a_request(world: World):
    """The stored answer names the files."""
    run_id = world.start("filing", {"writes": TWO})
    world.ended(run_id)
    last = [call for call in world.invocations if call.payload["run_id"] == run_id][-1]

    again = world.call_again(last)

    assert (again.answer, again.objects) == (last.answer, [])


def test_files_above_the_limit_fail_the_step(world: World, monkeypatch: pytest.MonkeyPatch):
    """With the size and the limit; nothing is sent."""
    from interlude.tmp import files

    monkeypatch.setattr(files, "MAX_BYTES", 3)
    run_id = world.start("filing", {"writes": {"a": "1", "b": "234"}})
    until(lambda: "task_token" in world.item(run_id, "WAIT#0.1r"))

    error = world.describe(run_id)["steps"][0]["error"]
    assert error["type"] == "TooLarge"
    assert " have 4 bytes in total; at most 3 " in error["message"]
    assert world.objects(run_id) == [[]]
