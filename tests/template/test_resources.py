"""What the stack consists of, and the names that hold it together."""

import re
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from interlude.options import Options
from local.template import Translated, load

PROJECT = Path(__file__).parents[2]
SAMPLES = {
    "approval": ["ask", "publish"],
    "poll": ["wait_for_job", "report"],
    "callback": ["start_job", "report"],
    "counter": ["count", "report"],
}


def workflows() -> dict[str, list[str]]:
    """The steps of each workflow, as its machine names them: an added one is checked like the samples."""
    resources = yaml_parse((PROJECT / "template.yaml").read_text(encoding="utf-8"))["Resources"].values()
    machines = (each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::StateMachine")
    given = [machine["DefinitionSubstitutions"] for machine in machines]
    return {each["Workflow"]: re.findall(r"(\w+)=", each["Steps"]["Fn::Sub"]) for each in given}


WORKFLOWS = workflows()
NO_STEPS = {"ApiFunction", "Failures", "Wakeups", "Watch"}
STEPS = [(workflow, step) for workflow, steps in WORKFLOWS.items() for step in steps]


def logical_id(*names: str) -> str:
    """approval, ask: ApprovalAsk."""
    words = (word for name in names for word in re.split("[_-]", name))
    return "".join(word[:1].upper() + word[1:] for word in words)


def test_the_samples_are_workflows_of_the_template():
    """What the documentation is about is what is deployed."""
    assert SAMPLES.items() <= WORKFLOWS.items()


def test_a_step_has_60_seconds_unless_told(source: dict[str, Any]):
    """Lambda's own 3 s are none for a step; who needs more, up to 900 s, says so at the function."""
    assert source["Globals"]["Function"]["Timeout"] == 60


def test_every_function_runs_on_python_3_13_and_arm64(translated: Translated):
    """One runtime for all, on the processors that cost less."""
    functions = dict(translated.of_type("AWS::Lambda::Function"))

    assert {function["Properties"]["Runtime"] for function in functions.values()} == {"python3.13"}
    assert all(function["Properties"]["Architectures"] == ["arm64"] for function in functions.values())
    assert len(functions) == len(STEPS) + len(NO_STEPS)


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
    assert bucket["Properties"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 400
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize(("workflow", "step"), STEPS)
def test_a_step_has_one_name_everywhere(source: dict[str, Any], workflow: str, step: str):
    """Logical id, function name, folder, file and STEP."""
    properties = source["Resources"][logical_id(workflow, step)]["Properties"]

    assert properties["FunctionName"] == {"Fn::Sub": f"${{AWS::StackName}}-{workflow}-{step}"}
    assert properties["CodeUri"] == f"functions/{workflow}/"
    assert properties["Environment"]["Variables"]["STEP"] == step
    assert (PROJECT / "functions" / workflow / f"{step}.py").is_file()


@pytest.mark.parametrize(("workflow", "step"), STEPS)
def test_a_step_publishes_versions(source: dict[str, Any], workflow: str, step: str):
    """Of which a run keeps the one that it began with."""
    properties = source["Resources"][logical_id(workflow, step)]["Properties"]

    assert (properties["AutoPublishAlias"], properties["AutoPublishAliasAllProperties"]) == ("live", True)


def versions(template: Path) -> dict[str, Any]:
    return dict(load(template, {}, "us-east-1").of_type("AWS::Lambda::Version"))


def test_a_changed_layer_makes_a_version_of_every_step(tmp_path: Path):
    """And takes none away."""
    text = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    for folder in ("functions", "statemachine"):
        text = text.replace(f"Uri: {folder}/", f"Uri: {PROJECT / folder}/")
    for build in ("first", "second"):
        built = text.replace("layers/interlude/", f"s3://bucket/{build}")
        (tmp_path / f"{build}.yaml").write_text(built, encoding="utf-8")

    before, after = versions(tmp_path / "first.yaml"), versions(tmp_path / "second.yaml")

    assert len(before) == len(after) == len(STEPS)
    assert set(before) & set(after) == set()
    assert {version["DeletionPolicy"] for version in before.values()} == {"Retain"}


def test_a_changed_parameter_makes_a_version_of_every_step():
    """CloudFormation replaces a version whose description changes, and keeps the one that it replaces."""
    made = versions(PROJECT / "template.yaml").values()

    parameters = "${Release} ${NotifyAddress} ${MailFrom} ${StepMemory} ${RetentionDays} ${SuspendTimeoutAction}"
    assert [version["Properties"]["Description"] for version in made] == [{"Fn::Sub": parameters}] * len(STEPS)
    assert {version["UpdateReplacePolicy"] for version in made} == {"Retain"}


def test_each_parameter_in_a_versions_description_makes_another_function(translated: Translated):
    """For Lambda the description is no difference: it publishes no version of a function that equals the last one."""
    functions = dict(translated.of_type("AWS::Lambda::Function"))
    for name, version in translated.of_type("AWS::Lambda::Version"):
        function = functions[version["Properties"]["FunctionName"]["Ref"]]
        named = set(re.findall(r"\$\{(\w+)\}", version["Properties"]["Description"]["Fn::Sub"]))
        assert named <= set(re.findall(r"'Ref': '(\w+)'", str(function["Properties"]))), name


@pytest.mark.parametrize(("workflow", "steps"), WORKFLOWS.items())
def test_a_workflow_has_one_name_everywhere_and_names_its_steps_in_order(
    source: dict[str, Any], workflow: str, steps: list[str]
):
    """Logical id, machine name and Workflow; Steps pins a version of each of its functions; Options are known words."""
    properties = source["Resources"][logical_id(workflow)]["Properties"]

    assert properties["Name"] == {"Fn::Sub": f"${{AWS::StackName}}-{workflow}"}
    assert properties["DefinitionUri"] == "statemachine/workflow.asl.json"
    given = dict(properties["DefinitionSubstitutions"])
    assert Options.parse(given.pop("Options"))
    assert given == {
        "Workflow": workflow,
        "Partition": {"Ref": "AWS::Partition"},
        "Table": {"Ref": "Runs"},
        "Steps": {"Fn::Sub": ",".join(f"{step}=${{{logical_id(workflow, step)}.Version}}" for step in steps)},
    }


def test_the_number_of_steps_that_fit_into_one_stack_is_as_documented(translated: Translated):
    """CloudFormation takes 500 resources. A step is 4 of them, a workflow 2, whatever the samples are."""
    shared = len(translated.template["Resources"]) - 4 * len(STEPS) - 2 * len(WORKFLOWS)
    one, ten, many = (500 - shared - 2) // 4, (500 - shared - 20) // 4, (500 - shared) // 6

    limits = (PROJECT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert f"| {one} in one workflow, {ten} in ten, {many} in workflows of one step |" in limits
    assert f"2 for a workflow, {shared} that all share" in limits


def test_there_is_no_step_outside_of_a_workflow(source: dict[str, Any]):
    """Every function is the API, Failures, Wakeups, Watch or a step that a workflow names; every step has its file."""
    functions = {
        name for name, resource in source["Resources"].items() if resource["Type"] == "AWS::Serverless::Function"
    }
    files = {
        (file.parent.name, file.stem)
        for file in (PROJECT / "functions").glob("*/*.py")
        if file.parent.name not in ("api", "failures", "wakeups", "watch", "__pycache__")
    }

    assert functions == NO_STEPS | {logical_id(workflow, step) for workflow, step in STEPS}
    assert set(STEPS) <= files


def test_versions_and_layers_that_waiting_runs_need_are_kept(translated: Translated):
    """A deployment leaves the old ones where they are."""
    versions = [resource["DeletionPolicy"] for _, resource in translated.of_type("AWS::Lambda::Version")]
    layers = [resource["DeletionPolicy"] for _, resource in translated.of_type("AWS::Lambda::LayerVersion")]

    assert versions == ["Retain"] * len(STEPS)
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
    told = {**source["Parameters"], **source["Outputs"]}

    assert sorted(source["Parameters"]) == [
        "ConfirmLinks",
        "CreateSender",
        "MailFrom",
        "NotifyAddress",
        "PublicRequestsPerSecond",
        "Release",
        "RetentionDays",
        "StepMemory",
        "SuspendTimeoutAction",
        "WaitAlarmDays",
        "WaitingCallers",
    ]
    assert [name for name, each in told.items() if not each.get("Description", "").endswith(".")] == []
    assert all("Default" in each for each in source["Parameters"].values())


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
