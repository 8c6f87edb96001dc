"""Each key of docs/workflows.md does what stands there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from checker.checking import check
from local.template import load
from sync.reading import KEYS_OF_A_STEP, KEYS_OF_A_WORKFLOW
from tests.sync.declaring import ROOT, TEMPLATE, Project, Sync

ARN = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"


@pytest.fixture
def made(project: Project, sync: Sync):
    """The resources of a workflow.yaml with the steps a and b: those of its steps, and its machine."""

    def run(text: str) -> dict[str, Any]:
        project.declare(text, "a", "b")
        result = sync()
        assert result.code == 0, result.err
        assert check(project.template) == []
        return {name: each for name, each in project.resources().items() if name.startswith("Orders")}

    return run


def properties(resources: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def options(resources: dict[str, Any]) -> str:
    return str(properties(resources, "Orders")["DefinitionSubstitutions"]["Options"])


def test_every_key_is_documented():
    """With its default and its limits: docs/workflows.md has a row for each."""
    text = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    of_workflows, of_steps = text.split("\n## A step\n")

    for keys, part in ((KEYS_OF_A_WORKFLOW, of_workflows), (KEYS_OF_A_STEP, of_steps)):
        rows = re.findall(r"^\| `(\w+)(?:\.\w+)?`.* \|", part.partition("| key |")[2], re.MULTILINE)
        assert set(rows) == set(keys)


def test_the_example_of_the_documentation(made, project: Project):
    """It has no mistake, and the SAM translator takes it."""
    text = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[2].split("```")[0]

    made(example)

    whole = (ROOT / "template.yaml").read_text(encoding="utf-8")
    project.template.write_text(whole.replace(TEMPLATE, project.text), encoding="utf-8")
    for path in ROOT.glob("functions/*"):
        if not (project.folder / "functions" / path.name).exists():
            (project.folder / "functions" / path.name).symlink_to(path)
    (project.folder / "layers").symlink_to(ROOT / "layers")
    assert "Orders" in load(project.template, {}, "us-east-1").template["Resources"]


def test_options(made):
    """Its words; inactive and error_notification are Pipedream's keys for two others."""
    assert options(made("steps: [a]\n")) == ""
    text = "steps: [a]\noptions: respond retry on_error=poll\ninactive: true\nsettings: {error_notification: false}\n"
    assert options(made(text)) == "respond retry on_error=poll off quiet"
    assert options(made("steps: [a]\ninactive: false\nsettings: {error_notification: true}\n")) == ""


def test_timeout_and_memory(made):
    """Of all steps, and of one."""
    resources = made(
        "settings: {lambda_timeout: 30, lambda_memory: 512}\n"
        "steps:\n  - a\n  - {namespace: b, settings: {lambda_timeout: 900}}\n"
    )
    assert [properties(resources, name)["Timeout"] for name in ("OrdersA", "OrdersB")] == [30, 900]
    assert [properties(resources, name)["MemorySize"] for name in ("OrdersA", "OrdersB")] == [512, 512]
    assert not {"Timeout", "MemorySize"} & set(properties(made("steps: [a]\n"), "OrdersA"))


def test_notes_and_name_describe(made):
    """The description of a function has up to 256 characters, in one line."""
    long = "x" * 300
    resources = made(
        f"name: Our orders\nsteps:\n  - a\n  - namespace: b\n    notes: |\n      One\n      line. {long}\n"
    )
    assert properties(resources, "OrdersA")["Description"] == "Step a of Our orders"
    described = properties(resources, "OrdersB")["Description"]
    assert (described[:11], described[-1], len(described)) == ("One line. x", "…", 256)
    assert properties(made("steps: [a]\n"), "OrdersA")["Description"] == "Step a of orders"


def test_secrets_and_accounts_may_be_read_and_no_others(made):
    """A name alone is the stack's own; the policy follows from where each one lies."""
    resources = made(
        "accounts: [slack]\n"
        "steps:\n  - a\n  - namespace: b\n    secrets:\n      KEY: ssm:/shared/key\n      OTHER: secretsmanager:other\n"
        "      THIRD: secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf\n      FOURTH:\n"
    )
    first, second = properties(resources, "OrdersA"), properties(resources, "OrdersB")
    slack = {"Fn::Sub": ARN % ("secretsmanager", "secret:${AWS::StackName}/slack-??????")}
    assert first["Environment"]["Variables"] == {
        "STEP": "a",
        "ACCOUNTS": {"Fn::Sub": "slack=secretsmanager:${AWS::StackName}/slack"},
    }
    assert [each["Resource"] for each in first["Policies"][1]["Statement"]] == [[slack]]
    assert second["Environment"]["Variables"]["SECRETS"] == {
        "Fn::Sub": "KEY=ssm:/shared/key,OTHER=secretsmanager:other,"
        "THIRD=secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf,FOURTH=ssm:/${AWS::StackName}/FOURTH"
    }
    assert second["Policies"][1]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": [
                slack,
                {"Fn::Sub": ARN % ("secretsmanager", "secret:other-??????")},
                "arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf",
            ],
        },
        {
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": [
                {"Fn::Sub": ARN % ("ssm", "parameter/shared/key")},
                {"Fn::Sub": ARN % ("ssm", "parameter/${AWS::StackName}/FOURTH")},
            ],
        },
    ]


def test_environment_and_policies(made):
    """Of all steps and of one, with CloudFormation's functions; texts that YAML 1.1 reads otherwise stay texts."""
    resources = made(
        "environment: {STAGE: off, ON: 1, TABLE: !Ref Runs}\npolicies: [{S3ReadPolicy: {BucketName: !Ref Payloads}}]\n"
        "steps:\n  - a\n  - {namespace: b, environment: {STAGE: No}, policies: [!Ref WorkflowPolicy]}\n"
    )
    first, second = properties(resources, "OrdersA"), properties(resources, "OrdersB")
    assert first["Environment"]["Variables"] == {"STEP": "a", "STAGE": "off", "ON": 1, "TABLE": {"Ref": "Runs"}}
    assert second["Environment"]["Variables"] == {"STEP": "b", "STAGE": "No", "ON": 1, "TABLE": {"Ref": "Runs"}}
    assert first["Policies"] == [{"Ref": "StepPolicy"}, {"S3ReadPolicy": {"BucketName": {"Ref": "Payloads"}}}]
    assert second["Policies"] == [*first["Policies"], {"Ref": "WorkflowPolicy"}]


def test_schedules(made):
    """Cron and rate; what a step gets to know of them stands in Input. An inactive workflow has them off."""
    text = (
        "steps: [a]\nschedule:\n  daily:\n    expression: cron(0 9,17 ? * MON-FRI *)\n    timezone: Europe/Berlin\n"
        "  often: rate(15 minutes)\n"
    )
    events = properties(made(text), "Orders")["Events"]
    daily, often = events["Daily"]["Properties"], events["Often"]["Properties"]
    assert {each["Type"] for each in events.values()} == {"ScheduleV2"}
    assert json.loads(daily.pop("Input")) == {
        "interlude_schedule": {
            "name": "daily",
            "cron": "0 9,17 ? * MON-FRI *",
            "timezone": "Europe/Berlin",
            "time": "<aws.scheduler.scheduled-time>",
        }
    }
    assert daily == {
        "Name": {"Fn::Sub": "${AWS::StackName}-orders-daily"},
        "ScheduleExpression": "cron(0 9,17 ? * MON-FRI *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
    }
    assert json.loads(often["Input"])["interlude_schedule"]["interval_seconds"] == 900
    off = properties(made(f"{text}inactive: true\n"), "Orders")["Events"]
    assert [each["Properties"]["State"] for each in off.values()] == ["DISABLED", "DISABLED"]


def test_other_keys_of_a_resource(made):
    """Of the machine, beside its schedules, and of a step's function, anchors and all."""
    resources = made(
        "schedule: {often: rate(1 hour)}\n"
        "resource:\n  DependsOn: Runs\n  Properties:\n    Events:\n      Often: &rule\n        Type: EventBridgeRule\n"
        "        Properties: {Pattern: {source: [a]}}\n      Other: *rule\n"
        "steps:\n  - namespace: a\n    resource:\n      Metadata: {x: 1}\n"
        "      Properties: {EphemeralStorage: {Size: 600}}\n"
    )
    events = properties(resources, "Orders")["Events"]
    assert {name: each["Type"] for name, each in events.items()} == {
        "Often": "EventBridgeRule",
        "Other": "EventBridgeRule",
        "Often2": "ScheduleV2",
    }
    assert resources["Orders"]["DependsOn"] == "Runs"
    assert resources["OrdersA"]["Metadata"] == {"x": 1}
    assert properties(resources, "OrdersA")["EphemeralStorage"] == {"Size": 600}


def test_a_function_of_another_name(made):
    """For a step whose own name is too long for a function."""
    resources = made("steps: [{namespace: a, function: short}]\n")
    assert properties(resources, "OrdersA")["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-orders-short"}
    assert properties(resources, "OrdersA")["Environment"]["Variables"] == {"STEP": "a"}


def test_a_workflow_s_name_may_be_one_that_yaml_1_1_takes_for_a_number(project: Project, sync: Sync):
    """CloudFormation reads 1_0 as ten."""
    project.declare("steps: [n, yes]\n", "n", "yes", workflow="1_0")

    assert sync().code == 0

    made = project.resources()
    assert made["W10"]["Properties"]["DefinitionSubstitutions"]["Workflow"] == "1_0"
    assert [made[name]["Properties"]["Environment"]["Variables"]["STEP"] for name in ("W10N", "W10Yes")] == ["n", "yes"]


def test_the_samples_have_a_file_each():
    """And no other folder of functions has one."""
    found = {path.parent.name for path in (ROOT / "functions").glob("*/workflow.yaml")}
    assert {"approval", "callback", "counter", "poll"} <= found
    assert all(Path(ROOT / "functions" / name).is_dir() for name in found)
