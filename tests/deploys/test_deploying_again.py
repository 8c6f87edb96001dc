"""What makes new versions of a step, and what does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from local.errors import LocalError
from tests.deploys.deployments import Deployment, Deployments, deployed
from tests.e2e.client import Interlude, returned

FIRST = Deployment({"telling": {"tell": "def handler(pd): return 1"}, "resting": {"rest": "def handler(pd): return 1"}})
UNCHANGED = r"A version for this Lambda function exists \( {} \). Modify the function to create a new version"
FAILING = {"Refused": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "ab"}}}
TABLE = {
    "TableName": "added",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
CHANGED = replace(FIRST, code={**FIRST.code, "telling": {"tell": "def handler(pd): return 2"}})


@pytest.fixture
def deployments(tmp_path: Path) -> Iterator[Deployments]:
    with deployed(tmp_path, FIRST) as deployments:
        yield deployments


def pinned(deployments: Deployments) -> tuple[str, str]:
    """The versions that a run of each workflow would be pinned to."""
    functions = deployments.stack.functions
    return functions["interlude-telling-tell"].version, functions["interlude-resting-rest"].version


@pytest.mark.proof
def test_only_what_has_changed_gets_a_new_version(deployments: Deployments):
    """The same again changes nothing; other code changes its own step; going back is a version of its own; a parameter
    and the layer change every step, though no step's own lines in the template do.
    """
    seen = [pinned(deployments)]
    for deployment in (
        FIRST,
        CHANGED,
        FIRST,
        replace(FIRST, parameters={"RetentionDays": "60"}),
        replace(FIRST, parameters={"RetentionDays": "60"}, platform_version="2"),
    ):
        deployments.deploy(deployment)
        seen.append(pinned(deployments))

    assert seen == [("1", "1"), ("1", "1"), ("2", "1"), ("3", "1"), ("4", "2"), ("5", "3")]
    kept = {version for name, version in deployments.versions if name == "interlude-telling-tell"}
    assert kept == {"1", "2", "3", "4", "5"}


@pytest.mark.proof
def test_a_tag_alone_is_refused_until_release_changes(deployments: Deployments):
    """SAM asks for a version of a function with other tags, and for Lambda it is the same function."""
    tagged = replace(FIRST, tags={"team": "publishing"})

    with pytest.raises(LocalError, match=UNCHANGED.format(1)):
        deployments.deploy(tagged)
    deployments.deploy(replace(tagged, parameters={"Release": "2"}))

    assert pinned(deployments) == ("2", "2")


@pytest.mark.proof
def test_a_deployment_that_failed_after_it_had_published_is_refused_when_repeated_until_release_changes(
    deployments: Deployments,
):
    """It is rolled back, but the versions that it published stay, and the repeated one equals them."""
    with pytest.raises(LocalError, match="bucket"):
        deployments.deploy(replace(CHANGED, resources=FAILING))
    deployments.deploy(FIRST)
    assert pinned(deployments) == ("1", "1")

    with pytest.raises(LocalError, match=UNCHANGED.format(2)):
        deployments.deploy(CHANGED)
    deployments.deploy(replace(CHANGED, parameters={"Release": "2"}))

    assert pinned(deployments) == ("3", "2")


@pytest.mark.proof
def test_a_deployment_that_failed_leaves_runs_as_they_were(deployments: Deployments):
    """What it had changed is as before, and what it had created is gone."""
    interlude = Interlude(deployments.url)
    table = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "RetainExceptOnCreate", "Properties": TABLE}

    with pytest.raises(LocalError, match="bucket"):
        deployments.deploy(replace(CHANGED, resources={"Added": table, **FAILING}))

    run = interlude.start("telling", {})
    assert returned(run.until("succeeded"), "tell") == 1
    tables = boto3.client("dynamodb", "us-east-1", endpoint_url=deployments.aws_endpoint).list_tables()["TableNames"]
    assert "added" not in tables
    interlude.close()
