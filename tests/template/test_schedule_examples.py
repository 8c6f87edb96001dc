"""The examples of docs/schedules.md, put into the template: they can be deployed as they stand there."""

import json
import re
from pathlib import Path
from typing import Any

import product
import pytest

from interlude.run.schedules import timer_event
from local.template import Translated, load
from tests.template.test_tools import run

PROJECT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```$", (PROJECT / "docs" / "schedules.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
MACHINES = ("Approval", "Poll", "Counter")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's template, some of whose machines have one of the examples of Events, and no others."""
    workflows = [machine.lower() for machine in MACHINES]
    text = product.text((PROJECT / "template.yaml").read_text("utf-8"), *workflows)
    events = [example for example in EXAMPLES if example.startswith("      Events:")]
    for machine, example in zip(MACHINES, events, strict=True):
        policy = f'LambdaInvokePolicy: {{FunctionName: !Sub "${{AWS::StackName}}-{machine.lower()}-"}}\n'
        assert text.count(policy) == 1
        text = text.replace(policy, policy + example)
    for example in EXAMPLES:
        if example not in events:
            text = text.replace("\nResources:\n", f"\nResources:\n{example}", 1)
    path = tmp_path_factory.mktemp("examples") / "template.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def translated(template: Path) -> Translated:
    return load(template, {}, "us-east-1")


def test_there_are_a_cron_an_interval_a_rule_and_its_bucket():
    """In this order."""
    named = [re.search(r"(cron|rate|EventBridgeRule|Bucket)", example) for example in EXAMPLES]

    assert [found and found[1] for found in named] == ["cron", "rate", "EventBridgeRule", "Bucket"]


@pytest.mark.proof
def test_cfn_lint_finds_nothing(template: Path):
    """No error, no warning, nothing informational."""
    run("cfn-lint", str(template))


@pytest.mark.proof
def test_sam_validate_finds_nothing(template: Path):
    """As for the template itself."""
    run("sam", "validate", "--lint", "--template", str(template))


def test_each_schedule_may_start_its_own_machine_only(translated: Translated):
    """SAM makes a role for each."""
    schedules = dict(translated.of_type("AWS::Scheduler::Schedule"))
    roles = dict(translated.of_type("AWS::IAM::Role"))

    assert {"ApprovalDaily", "PollOften"} <= set(schedules)
    for name in ("ApprovalDaily", "PollOften"):
        schedule = schedules[name]
        target = schedule["Properties"]["Target"]
        [policy] = roles[target["RoleArn"]["Fn::GetAtt"][0]]["Properties"]["Policies"]
        assert policy["PolicyDocument"]["Statement"] == [
            {"Action": "states:StartExecution", "Effect": "Allow", "Resource": target["Arn"]}
        ]
        assert target["Arn"] == {"Ref": re.sub("Daily|Often", "", name)}


def test_each_schedule_is_named_for_its_stack(translated: Translated):
    """Two stacks of one template can stand side by side."""
    names = [schedule["Properties"]["Name"] for _, schedule in translated.of_type("AWS::Scheduler::Schedule")]

    assert all(name["Fn::Sub"].startswith("${AWS::StackName}-") for name in names)


def test_the_inputs_are_timer_events_once_the_time_is_filled_in(translated: Translated):
    """The text is JSON before and after, and what a step sees of it is what the page says."""
    events: dict[str, Any] = {}
    for name, schedule in translated.of_type("AWS::Scheduler::Schedule"):
        if name not in ("ApprovalDaily", "PollOften"):
            continue
        text = schedule["Properties"]["Target"]["Input"]
        json.loads(text)
        events[name] = timer_event(json.loads(text.replace("<aws.scheduler.scheduled-time>", "2026-11-22T08:00:00Z")))

    assert (events["ApprovalDaily"]["cron"], events["ApprovalDaily"]["timestamp"]) == ("0 9 * * 1-5", 1795334400)
    assert events["ApprovalDaily"]["timezone_configured"]["timezone"] == "Europe/Berlin"
    assert events["PollOften"]["interval_seconds"] == 900
