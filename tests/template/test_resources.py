"""What Interlude's own part of the stack consists of, and the names that hold it together."""

import re
from pathlib import Path
from typing import Any

import pytest

from local.template import Translated, load
from sync.names import RESERVED

PROJECT = Path(__file__).parents[2]
PARAMETERS = (
    "ConfirmLinks",
    "CreateSender",
    "MailFrom",
    "NotifyAddress",
    "PublicRequestsPerSecond",
    "Release",
    "RetentionDays",
    "SnapStart",
    "StepMemory",
    "SuspendTimeoutAction",
    "WaitAlarmDays",
    "WaitingCallers",
)
OUTPUTS = ("ApiUrl", "DataStoresTable", "PayloadsBucket", "RunsTable")


def test_a_step_has_60_seconds_unless_told(source: dict[str, Any]):
    """Lambda's own 3 s are none for a step; who needs more, up to 900 s, says so at the function."""
    assert source["Globals"]["Function"]["Timeout"] == 60


def test_every_function_runs_on_python_3_13_and_arm64(translated: Translated, platform: set[str]):
    """One runtime for all, on the processors that cost less."""
    functions = dict(translated.of_type("AWS::Lambda::Function"))

    assert {function["Properties"]["Runtime"] for function in functions.values()} == {"python3.13"}
    assert all(function["Properties"]["Architectures"] == ["arm64"] for function in functions.values())
    assert set(functions) == {*platform, "OneFirst", "OneLast"}


def test_every_function_has_a_timeout_and_a_log_group_that_forgets(translated: Translated):
    """A step has what Lambda gives at most, the API what API Gateway gives it; log lines go where a retention is."""
    resources = translated.template["Resources"]
    for name, function in translated.of_type("AWS::Lambda::Function"):
        assert 1 <= function["Properties"]["Timeout"] <= (29 if name == "ApiFunction" else 900)
        assert function["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": "Logs"}
    assert resources["Logs"]["Properties"]["RetentionInDays"] == {"Ref": "RetentionDays"}


@pytest.mark.parametrize("name", ["Runs", "DataStores"])
def test_a_table_costs_nothing_at_rest_and_can_be_brought_back(resources: dict[str, Any], name: str):
    """On demand, cleared by TTL, restorable to any second, and kept when the stack goes."""
    table = resources[name]

    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_indexes_are_those_that_were_released(resources: dict[str, Any]):
    """Runs of a workflow, runs that wait, and these with their times; none holds anything that a user sent."""
    indexes = resources["Runs"]["Properties"]["GlobalSecondaryIndexes"]

    # CloudFormation can't change an index of a table that is there, and adds one in an update. So a line is never
    # edited here, not even its attributes: who needs more makes a new index, one in each release.
    assert [
        (
            index["IndexName"],
            [f"{key['AttributeName']} {key['KeyType']}" for key in index["KeySchema"]],
            index["Projection"],
        )
        for index in indexes
    ] == [
        (
            "runs-by-workflow",
            ["workflow HASH", "listed RANGE"],
            {
                "ProjectionType": "INCLUDE",
                "NonKeyAttributes": ["run_id", "status", "started_at", "ended_at", "exit_reason"],
            },
        ),
        (
            "runs-waiting",
            ["waiting HASH", "listed RANGE"],
            {
                "ProjectionType": "INCLUDE",
                "NonKeyAttributes": ["run_id", "workflow", "status", "started_at", "ended_at", "exit_reason"],
            },
        ),
        (
            "runs-waiting-until",
            ["waiting HASH", "wait_until RANGE"],
            {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["run_id", "workflow", "wait_kind", "wait_since"]},
        ),
    ]


def test_the_bucket_is_closed_to_the_public_and_kept(resources: dict[str, Any]):
    """All four blocks; objects outlive the longest wait, which is a year."""
    bucket = resources["Payloads"]

    assert bucket["Properties"]["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert bucket["Properties"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 800
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def versions(template: Path) -> dict[str, Any]:
    return dict(load(template, {}, "us-east-1").of_type("AWS::Lambda::Version"))


def test_a_changed_layer_makes_a_version_of_every_step(product: Path, tmp_path: Path):
    """And takes none away."""
    text = product.read_text(encoding="utf-8")
    for build in ("first", "second"):
        built = text.replace(f"{PROJECT}/layers/interlude/", f"s3://bucket/{build}")
        (tmp_path / f"{build}.yaml").write_text(built, encoding="utf-8")

    before, after = versions(tmp_path / "first.yaml"), versions(tmp_path / "second.yaml")

    assert len(before) == len(after) == 2
    assert set(before) & set(after) == set()
    assert {version["DeletionPolicy"] for version in before.values()} == {"Retain"}


def test_a_changed_parameter_makes_a_version_of_every_step(product: Path):
    """CloudFormation replaces a version whose description changes, and keeps the one that it replaces."""
    made = versions(product).values()

    first = "${Release} ${NotifyAddress} ${MailFrom} ${StepMemory} ${RetentionDays}"
    text = f"{first} ${{SuspendTimeoutAction}} ${{SnapStart}}"
    assert [version["Properties"]["Description"] for version in made] == [{"Fn::Sub": text}] * 2
    assert {version["UpdateReplacePolicy"] for version in made} == {"Retain"}


def test_each_parameter_in_a_versions_description_makes_another_function(translated: Translated):
    """For Lambda the description is no difference: it publishes no version of a function that equals the last one."""
    functions = dict(translated.of_type("AWS::Lambda::Function"))
    for name, version in translated.of_type("AWS::Lambda::Version"):
        function = functions[version["Properties"]["FunctionName"]["Ref"]]
        named = set(re.findall(r"\$\{(\w+)\}", version["Properties"]["Description"]["Fn::Sub"]))
        assert named <= set(re.findall(r"'Ref': '(\w+)'", str(function["Properties"]))), name


def test_a_function_that_is_no_step_lies_in_a_reserved_folder(source: dict[str, Any], platform: set[str]):
    """In which no workflow is imported; the importer knows these names without a template."""
    folders = [source["Resources"][name]["Properties"]["CodeUri"] for name in sorted(platform)]

    assert {Path(folder).name for folder in folders} == set(RESERVED)


def test_the_number_of_steps_that_fit_into_one_stack_is_as_documented(translated: Translated):
    """CloudFormation takes 500 resources. A step is 4 of them, a workflow 2."""
    shared = len(translated.template["Resources"]) - 4 * 2 - 2
    one, ten, many = (500 - shared - 2) // 4, (500 - shared - 20) // 4, (500 - shared) // 6

    limits = (PROJECT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert f"| {one} in one workflow, {ten} in ten, {many} in workflows of one step |" in limits
    assert f"2 for a workflow, {shared} that all share" in limits


def test_versions_and_layers_that_waiting_runs_need_are_kept(translated: Translated):
    """A deployment leaves the old ones where they are."""
    versions = [resource["DeletionPolicy"] for _, resource in translated.of_type("AWS::Lambda::Version")]
    layers = [resource["DeletionPolicy"] for _, resource in translated.of_type("AWS::Lambda::LayerVersion")]

    assert versions == ["Retain"] * 2
    assert layers == ["Retain"]


def test_the_layer_is_called_after_its_stack(translated: Translated):
    """Its versions outlive the stack, and those of two stacks in one account would be one list."""
    [layer] = [resource["Properties"] for _, resource in translated.of_type("AWS::Lambda::LayerVersion")]

    assert layer["LayerName"] == {"Fn::Sub": "${AWS::StackName}-runtime"}


def test_a_machine_gets_the_version_of_each_step_not_its_alias(translated: Translated):
    """An alias would move under a run that waits."""
    for _, machine in translated.of_type("AWS::StepFunctions::StateMachine"):
        steps = machine["Properties"]["DefinitionSubstitutions"]["Steps"]["Fn::Sub"]
        assert "Alias" not in steps
        assert steps.count("Version") == steps.count("=")


def test_the_api_function_has_no_versions(source: dict[str, Any]):
    """Nothing waits on it, so it is always the newest."""
    assert "AutoPublishAlias" not in source["Resources"]["ApiFunction"]["Properties"]
    assert "AutoPublishAlias" not in source["Globals"]["Function"]


def test_every_parameter_and_output_is_described(source: dict[str, Any]):
    """What sam deploy --guided asks, and what the console shows."""
    told = {name: {**source["Parameters"], **source["Outputs"]}[name] for name in (*PARAMETERS, *OUTPUTS)}

    assert [name for name, each in told.items() if not each.get("Description", "").endswith(".")] == []
    assert all("Default" in source["Parameters"][name] for name in PARAMETERS)


def test_every_setting_that_the_runtime_reads_is_given_to_every_function(translated: Translated):
    """A variable that the template forgets is a KeyError in production only."""
    needed = {
        "TABLE_NAME",
        "BUCKET_NAME",
        "RETENTION_DAYS",
        "BASE_URL",
        "NOTIFY_ADDRESS",
        "MAIL_FROM",
        "SUSPEND_TIMEOUT_ACTION",
    }
    for name, function in translated.of_type("AWS::Lambda::Function"):
        prefix = "STATE_MACHINE_ARN_PREFIX"
        none = set[str]()
        own = {
            "ApiFunction": {prefix},
            "Failures": {prefix, "STACK_NAME"},
            "Wakeups": none,
            "Watch": {"STACK_NAME"},
        }.get(name, {"STEP"})
        assert set(function["Properties"]["Environment"]["Variables"]) >= needed | own
