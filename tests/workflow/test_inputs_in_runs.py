"""pd.inputs in whole runs: what steps get, what of it the run keeps, and what it costs."""

import json
from typing import Any

import boto3
import pytest

from tests.workflow.world import World

TOKEN = 'wf-token-"quoted"-zebra'
API_KEY = "wf-api-key-zebra"


@pytest.fixture(scope="module")
def secrets(deployed: World) -> None:
    """What the accounts of these workflows hold."""
    client: Any = boto3.client("secretsmanager", region_name="us-east-1")
    client.create_secret(Name="interlude/tests-app", SecretString=json.dumps({"oauth_access_token": TOKEN}))
    parameters: Any = boto3.client("ssm", region_name="us-east-1")
    parameters.put_parameter(Name="/interlude/tests-api-key", Value=API_KEY, Type="SecureString")


def step(run: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in run["steps"] if each["name"] == name)


def stored(world: World, run_id: str) -> str:
    """Everything that the tables and the bucket hold."""
    tables = (world.stack.outputs["RunsTable"], world.stack.outputs["DataStoresTable"])
    items = [world.dynamodb.scan(TableName=name)["Items"] for name in tables]
    s3: Any = boto3.client("s3", region_name="us-east-1")
    bucket = world.stack.outputs["PayloadsBucket"]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    history = world.sfn.get_execution_history(executionArn=world.execution(run_id), maxResults=1000)["events"]
    return str([items, [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys], history])


@pytest.mark.usefixtures("secrets")
def test_a_step_gets_its_account_its_secret_and_what_steps_before_it_exported(world: World):
    """The secret itself at work; what the run keeps of it is masked."""
    run = world.ended(world.start("connecting", {"name": "Ada"}))

    assert step(run, "use")["exports"] == {
        "length": len(TOKEN),
        "headers": {"Authorization": "Bearer (secret)", "X-Key": "(secret)"},
        "$return_value": {"text": "Hello Ada, (secret)", "id": 7, "known": True},
    }


@pytest.mark.parametrize("how", ["", "rerun", "exit", "raise"])
@pytest.mark.usefixtures("secrets")
def test_no_secret_is_kept_anywhere(world: World, how: str, capfd: pytest.CaptureFixture[str]):
    """Not in a table, the bucket, the state machine's history, the run's JSON or the log, however the step ends."""
    run_id = world.start("connecting", {"name": "Ada", "how": how})
    run = world.ended(run_id)

    printed = "".join(capfd.readouterr())
    seen = [stored(world, run_id), str(run), printed, json.dumps(run)]
    assert "(secret)" in str(run)
    assert "token (secret) (secret)" in printed
    for text in seen:
        for part in ("wf-token", "wf-api-key", "zebra"):
            assert part not in text


@pytest.mark.usefixtures("secrets")
def test_a_reruns_context_arrives_masked(world: World):
    """It is kept with the run meanwhile: a step reads its secret again instead."""
    run = world.ended(world.start("connecting", {"how": "rerun"}))

    assert step(run, "use")["exports"]["$return_value"] == {"context": {"token": "(secret)"}}


def test_an_account_that_is_not_there_fails_the_run_with_a_sentence(world: World):
    """As the step's own error."""
    run = world.ended(world.start("disconnected"))

    assert run["status"] == "failed"
    assert run["error"]["type"] == "NoSecret"
    assert run["error"]["message"] == (
        "pd.inputs['app'] of step 'ask' is the account 'nobody', which ACCOUNTS in the environment of the step's "
        "function does not have; add nobody=secretsmanager:<name or ARN> or nobody=ssm:<name> to it."
    )


def test_a_data_store_is_the_same_in_every_step_and_run(world: World):
    """Though each step is a function of its own."""
    first, second = world.start("remembering"), ""
    world.ended(first)
    second = world.start("remembering")
    run = world.ended(second)

    assert step(run, "remember")["exports"]["$return_value"] == {
        "first": first,
        "runs": 2,
        "said": "The data store 'seen' has no key 'missing'.",
        "keys": ["first", "runs"],
    }
    assert step(run, "tell")["exports"]["$return_value"] == {"first": first, "runs": 2}


def test_plain_inputs_cost_no_request(world: World):
    """They lie beside the step's code."""
    run_id = world.start("telling")
    run = world.ended(run_id)

    assert step(run, "tell")["exports"]["$return_value"] == {"list": [1, {"two": True}], "text": "plain"}
    assert world.requests(run_id) == [["BatchGetItem", "TransactWriteItems"]]


@pytest.mark.usefixtures("secrets")
def test_inputs_that_name_earlier_steps_cost_the_one_query_for_them(world: World):
    """As pd.steps does, which they share."""
    run_id = world.start("connecting", {})
    world.ended(run_id)

    assert world.requests(run_id)[1] == ["BatchGetItem", "Query", "TransactWriteItems"]
