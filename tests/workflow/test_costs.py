"""What a run costs: transitions, requests and bytes. These numbers are prices; they may only fall.

They stand in bench.counts, which docs/scaling.md is reckoned from.
"""

import json
from collections.abc import Iterator

import pytest

from bench import counts
from interlude.control import runs, wakeups, workflows
from interlude.control.run_list import list_runs
from tests.unit.test_item_sizes import item_size
from tests.workflow.requests import Requests, indexes, noted
from tests.workflow.world import BASE_URL, World, until


@pytest.fixture
def requests(world: World) -> Iterator[Requests]:  # its clients are the stack's
    with noted() as found:
        yield found


def test_a_plain_step_costs_two_transitions_and_two_requests(world: World, requests: Requests):
    """Run step and Route, a read of its own items and a write. Only a step that looks at the steps before pays for a
    query. A run adds three transitions of its own.
    """
    run_id = world.start("plain", {})
    world.ended(run_id)

    assert tuple(world.entered(run_id)) == counts.PLAIN.states
    assert tuple(requests.of_steps) == counts.PLAIN.requests


def test_a_hook_costs_a_read_and_the_start_of_an_execution(world: World, requests: Requests):
    """Step Functions was asked about the workflow less than a minute ago."""
    with world.as_function("interlude-api"):
        key = next(each.hook_key for each in workflows.list_workflows() if each.name == "plain")
        requests.of_others.clear()
        workflows.open_hook("plain", key)
        run_id = runs.start("plain", {})
        made = tuple(requests.of_others)
    world.ended(run_id)

    assert made == counts.HOOK


def test_a_look_at_runs_costs_two_requests(world: World, requests: Requests):
    """However many steps the run has, and however many runs the list."""
    run_id = world.start("asking", {})
    world.paused(run_id)
    with world.as_function("interlude-api"):
        workflows.list_workflows()
        requests.of_others.clear()
        runs.describe(run_id, BASE_URL)
        described = tuple(requests.of_others)
        requests.of_others.clear()
        workflows.check("asking")
        list_runs(["asking"], "", 100, "")
        listed = tuple(requests.of_others)
    world.stop(run_id)

    assert described == counts.DESCRIPTION
    assert listed == counts.LIST


def test_a_wait_for_a_link_costs_three_transitions_and_two_requests_more(world: World, requests: Requests):
    """Park, and Run step and Route again to settle it."""
    run_id = world.start("asking", {})
    world.open(world.paused(run_id)["wait"]["resume_url"])
    world.ended(run_id)

    assert tuple(world.entered(run_id)) == counts.APPROVAL.states
    assert tuple(requests.of_steps) == counts.APPROVAL.requests


def test_a_click_costs_three_requests_and_one_more_by_the_stream(world: World, requests: Requests):
    """It is looked up, claimed and sent on; the function Wakeups sends it once more."""
    run_id = world.start("asking", {})
    link = world.paused(run_id)["wait"]["resume_url"]
    with world.as_function("interlude-api"):  # no other function is called meanwhile
        requests.of_others.clear()
        world.open(link)
        click = tuple(requests.of_others)
    requests.of_others.clear()
    until(lambda: woken(world, run_id))

    assert click == counts.CLICK
    assert [each for each in requests.of_others if each != "Query"] == list(counts.WAKE)


def woken(world: World, run_id: str) -> bool:
    """Whether the function Wakeups has been called for this run, and is done."""
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for event in world.streamed for record in event["Records"]]
    if f"RUN#{run_id}" not in keys:
        return False
    with world.as_function("interlude-wakeups"):  # it waits for the call to end
        return True


def test_a_rerun_costs_two_transitions_and_three_requests(world: World, requests: Requests):
    """The trigger event comes with the run, without a query."""
    run_id = world.start("polling", {"delay_ms": 0})
    world.ended(run_id)

    assert tuple(world.entered(run_id)) == counts.POLL.states
    assert tuple(requests.of_steps) == counts.POLL.requests
    assert counts.POLL.states.count("Run step") == counts.POLL_RERUNS + 2
    assert counts.POLL.requests[2:5] == counts.RERUN


def test_a_rerun_after_a_delay_costs_three_transitions(world: World):
    """Run step, Route and Delay."""
    run_id = world.start("polling", {"delay_ms": 3_600_000})
    world.paused(run_id)
    world.stop(run_id)

    assert tuple(world.entered(run_id)) == ("New or continued", "Begin", *counts.DELAYED_TURN)


def test_a_suspend_whose_time_is_up_costs_one_request_more(world: World):
    """Where no link was opened, the step claims the wait itself."""
    run_id = world.start("asking", {"timeout_ms": 1})
    world.ended(run_id)

    assert world.requests(run_id)[1] == ["BatchGetItem", "UpdateItem", "TransactWriteItems"]


def test_a_large_value_costs_a_write_and_a_read_of_s3(world: World, requests: Requests):
    """An event above 64,000 bytes: the API writes it, and the one step that looks at it reads it."""
    run_id = world.start("asking", {"data": "x" * 64_000})
    written = [each for each in requests.of_others if "Object" in each]
    until(lambda: world.item(run_id).get("waiting"))
    read = [each for each in requests.of_steps if "Object" in each]
    world.stop(run_id)

    assert (*written, *read) == counts.LARGE_VALUE


def test_a_run_that_has_expired_costs_four_requests(world: World, requests: Requests):
    """Whatever it has exported: two looks, one write for up to 25 items, and a list of its objects."""
    run_id = world.start("plain", {})
    world.ended(run_id)
    own = {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "RUN"}}
    world.dynamodb.delete_item(TableName=world.table, Key=own)
    record = {
        "eventName": "REMOVE",
        "userIdentity": wakeups.TTL,
        "dynamodb": {"Keys": own, "SequenceNumber": "1"},
    }
    requests.of_others.clear()
    with world.as_function("interlude-wakeups"):
        answer = wakeups.handle({"Records": [record]})

    assert answer == {"batchItemFailures": []}
    assert world.keys(run_id) == []
    assert tuple(requests.of_others) == counts.EXPIRY


def test_a_run_has_few_bytes(world: World):
    """An item of up to 1,024 bytes costs one unit to write, and what is kept is paid by the month."""
    plain, asking = world.start("plain", {}), world.start("asking", {})
    world.open(world.paused(asking)["wait"]["resume_url"])
    world.ended(plain)
    world.ended(asking)
    steps = [size(world, run_id, key) for run_id in (plain, asking) for key in world.keys(run_id) if "STEP" in key]

    assert sorted(world.keys(asking)) == ["RUN", "STEP#0000", "STEP#0001", "WAIT#0.1"]
    assert max(size(world, plain, "RUN"), size(world, asking, "RUN")) <= counts.RUN_BYTES
    assert max(steps) <= counts.STEP_BYTES
    assert size(world, asking, "WAIT#0.1") <= counts.WAIT_BYTES


def test_a_wait_has_few_bytes_in_the_index_that_is_read_each_hour(world: World):
    run_id = world.start("asking", {})
    world.paused(run_id)
    item = world.item(run_id)
    world.stop(run_id)
    [attributes] = [names | {"pk", "sk"} for keys, names in indexes() if "wait_until" in keys]

    assert item_size({name: item[name] for name in attributes}) + 100 <= counts.INDEX_BYTES


def size(world: World, run_id: str, key: str) -> int:
    return item_size(world.item(run_id, key))


def test_the_call_of_a_step_and_its_answer_have_few_bytes_in_each_turn(world: World):
    """They are the same in the last turn as in the first: a cursor holds no history and no values."""
    run_id = world.start("polling", {"delay_ms": 0})
    world.ended(run_id)
    made = [each for each in world.invocations if each.payload["run_id"] == run_id]

    assert max(len(json.dumps(each.payload)) for each in made) <= counts.CALL_BYTES
    assert max(len(json.dumps(each.answer)) for each in made) <= counts.CURSOR_BYTES


def test_a_state_machine_is_short(world: World):
    """Each new environment of the API reads it, and so does Step Functions for each execution."""
    machine = world.stack.state_machines["interlude-plain"]
    definition = world.sfn.describe_state_machine(stateMachineArn=machine)["definition"]

    assert len(definition) <= counts.DEFINITION_BYTES


def test_a_plain_step_keeps_the_history_of_its_execution_short(world: World):
    """Seven events for a step, 32 for this run: 25,000 are what an execution may have."""
    run_id = world.start("plain", {})
    world.ended(run_id)

    assert len(world.history(world.execution(run_id))) == 32
