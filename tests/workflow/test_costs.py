"""What a run costs: state transitions and DynamoDB requests. These numbers are prices; they may only fall."""

from tests.workflow.world import World

LOOK = "BatchGetItem"
SAVE = "PutItem"
SAVE_WITH_RUN = "TransactWriteItems"
STEPS_BEFORE = "Query"
UPDATE = "UpdateItem"


def test_a_plain_step_costs_two_transitions(world: World):
    """Run step and Route; a run adds three of its own."""
    run_id = world.start("plain")
    world.ended(run_id)

    assert world.entered(run_id) == [
        "New or continued",
        "Begin",
        *("Run step", "Route"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        "Finished",
    ]


def test_a_poll_costs_three_transitions(world: World):
    """Run step, Route and Delay for each rerun."""
    run_id = world.start("polling", {"delay_ms": 3_600_000})
    world.paused(run_id)
    world.stop(run_id)

    assert world.entered(run_id) == ["New or continued", "Begin", "Run step", "Route", "Delay"]


def test_a_rerun_without_a_delay_costs_two_transitions(world: World):
    """Run step and Route: there is nothing to wait for."""
    run_id = world.start("polling", {"delay_ms": 0})
    world.ended(run_id)

    assert world.entered(run_id) == [
        "New or continued",
        "Begin",
        *("Run step", "Route"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        "Finished",
    ]


def test_a_wait_for_a_link_costs_three_transitions_more(world: World):
    """Park, and Run step and Route again to settle it."""
    run_id = world.start("asking")
    world.open(world.paused(run_id)["wait"]["resume_url"])
    world.ended(run_id)

    assert world.entered(run_id) == [
        "New or continued",
        "Begin",
        *("Run step", "Route", "Park"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        "Finished",
    ]


def test_a_plain_step_makes_two_dynamodb_requests(world: World):
    """One read of its own items, one write at its end."""
    run_id = world.start("plain")
    world.ended(run_id)

    assert world.requests(run_id)[:2] == [[LOOK, SAVE], [LOOK, SAVE]]


def test_the_steps_before_cost_one_query_and_only_who_looks_pays(world: World):
    """The third step reads pd.steps, the second does not."""
    run_id = world.start("plain")
    world.ended(run_id)

    assert world.requests(run_id)[2] == [LOOK, STEPS_BEFORE, SAVE_WITH_RUN]


def test_a_turn_of_a_poll_makes_three_dynamodb_requests(world: World):
    """The first has no wait behind it and makes two. The trigger event comes with the run, without a query."""
    run_id = world.start("polling", {"delay_ms": 0})
    world.ended(run_id)

    assert world.requests(run_id)[:3] == [
        [LOOK, SAVE_WITH_RUN],
        [LOOK, UPDATE, SAVE_WITH_RUN],
        [LOOK, UPDATE, SAVE],
    ]


def test_settling_a_suspend_makes_two_dynamodb_requests_and_one_more_when_its_time_is_up(world: World):
    """Where nobody opened a link, the claim of the wait is the third."""
    resumed, elapsed = world.start("asking"), world.start("asking", {"timeout_ms": 1})
    world.open(world.paused(resumed)["wait"]["resume_url"])
    world.ended(resumed)
    world.ended(elapsed)

    assert world.requests(resumed)[1] == [LOOK, SAVE_WITH_RUN]
    assert world.requests(elapsed)[1] == [LOOK, UPDATE, SAVE_WITH_RUN]


def test_a_plain_step_keeps_the_history_of_its_execution_short(world: World):
    """Seven events for a step, 32 for this run: 25,000 are what an execution may have."""
    run_id = world.start("plain")
    world.ended(run_id)

    events = world.sfn.get_execution_history(executionArn=world.execution(run_id), maxResults=1000)["events"]

    assert len(events) == 32
