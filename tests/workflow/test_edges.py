"""The edges of a run: other stacks, expired runs, answers that are too large, a cancel that comes last."""

import json
from typing import Any

import pytest

from interlude.aws import executions
from interlude.control import workflows
from interlude.errors import RunOver, UnknownRun, UnknownWorkflow
from interlude.run import store
from tests.workflow.refusals import refused
from tests.workflow.world import World


def test_a_cancel_of_a_run_that_has_just_ended_is_told_so(world: World):
    """The wait and the run are cancelled together or not at all: nobody is told of a cancel that did not happen."""
    run_id = world.start("plain")
    world.ended(run_id)

    with world.as_function("interlude-api"), pytest.raises(RunOver):
        store.claim_cancel(run_id, "0.1")

    assert world.item(run_id, "WAIT#0.1") == {}
    assert world.describe(run_id)["status"] == "succeeded"


def test_a_run_whose_item_has_expired_is_unknown(world: World):
    """Step Functions still knows its execution, which does not make it a run that is about to begin."""
    run_id = world.start("plain")
    world.ended(run_id)
    key = {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "RUN"}}
    world.dynamodb.delete_item(TableName=world.table, Key=key)

    with pytest.raises(UnknownRun):
        world.describe(run_id)


def test_a_machine_of_another_stack_is_no_workflow_of_ours(world: World):
    """Also where its name begins with the name of this stack: it writes to another table."""
    definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    made = world.sfn.create_state_machine(
        name="interlude-dev-approval", definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/other"
    )

    with world.as_function("interlude-api"):
        names = [workflow.name for workflow in workflows.list_workflows()]
        with pytest.raises(UnknownWorkflow):
            executions.machine("dev-approval")

    assert "approval" in names
    assert "dev-approval" not in names
    world.sfn.delete_state_machine(stateMachineArn=made["stateMachineArn"])


@pytest.mark.parametrize("code", ["NoSuchKey", "AccessDenied"])
def test_a_value_that_is_gone_is_shown_as_missing(world: World, code: str):
    """Somebody has deleted it. S3 says AccessDenied of that to who may not list the bucket, as the API may not."""
    run_id = world.start("plain", {"text": "x" * 70_000})
    world.ended(run_id)

    with refused("GetObject", code):
        view = world.describe(run_id)

    missing = view["trigger"]["event"]
    assert list(missing) == ["$missing_object"]
    assert missing["$missing_object"].startswith(f"runs/{run_id}/")
    assert [step["status"] for step in view["steps"]] == ["succeeded"] * 3


def test_a_step_that_reads_a_value_that_is_gone_is_told_which(world: World):
    """A sentence in place of what S3 says."""
    with refused("GetObject", "NoSuchKey"):
        run_id = world.start("plain", {"text": "x" * 70_000})
        error = world.ended(run_id)["error"]

    assert error["type"] == "MissingObject"
    assert error["message"].startswith(f"The object runs/{run_id}/")
    assert error["message"].endswith(" is no longer in the bucket, or reading it is not allowed.")


@pytest.mark.parametrize("unit", ['"', "\n", "é", "x"])
def test_what_makes_an_answer_too_large_is_left_out(world: World, unit: str):
    """Sizes are those in Lambda's own answer, where quotes and line breaks take four bytes each."""
    run_id = world.start("plain", {"text": unit * 2_900_000})

    view: dict[str, Any] = world.ended(run_id)

    body = json.dumps(json.dumps(view, ensure_ascii=False), ensure_ascii=False).encode()
    assert len(body) < 6_000_000
    fits = {'"': False, "\n": False, "é": False, "x": True}[unit]
    assert ("text" in view["trigger"]["event"]) is fits
    assert fits or view["trigger"]["event"]["$omitted_bytes"] > 5_500_000


@pytest.mark.parametrize("levels", [202, 9_990, 50_000])
def test_a_value_that_is_nested_too_deeply_is_left_out(world: World, levels: int):
    """Of an event that came without the API, or of an older Interlude: the rest of the run can be read."""
    run_id = world.start("plain")
    world.ended(run_id)
    deep = "[" * levels + "]" * levels
    for sort_key, name, value in (
        ("RUN", "trigger", {"S": deep}),
        ("STEP#0000", "exports", {"M": {"text": {"S": f'{{"a":{deep}}}'}}}),
    ):
        world.dynamodb.update_item(
            TableName=world.table,
            Key={"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": sort_key}},
            UpdateExpression="SET #name = :value",
            ConditionExpression="attribute_exists(#name)",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )

    view = world.describe(run_id)

    assert view["status"] == "succeeded"
    assert view["trigger"]["event"] == {"$omitted_bytes": 2 * levels}
    assert view["steps"][0]["exports"] == {"$omitted_bytes": 2 * levels + len('{"a":}')}
