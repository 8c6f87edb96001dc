"""Keys and tokens: into secrets and parameters, never into the template; each is told once."""

import json
import re
from pathlib import Path

import pytest
from given import Import, edit, resources, snapshot, step, sync, words, write

OPTIONAL = 'import os\nKEY = os.environ.get("API_KEY")\ndef handler(pd): return KEY\n'
DEFAULT = 'import os\nMODE = os.environ.get("MODE", "fast")\ndef handler(pd): return os.environ["KEY"]\n'


@pytest.fixture
def report(bring: Import, project: Path, pipedream: Path):
    """Imports what is there, and returns the Markdown."""

    def run(*options: str) -> str:
        result = bring(pipedream, *options)
        assert result.code == 0, result.err
        return (project / "import-report.md").read_text(encoding="utf-8")

    return run


def secrets_of(project: Path) -> object:
    return resources(project)["OrdersA"]["Properties"]["Environment"]["Variables"].get("SECRETS")


def test_a_key_that_is_asked_for_with_get_is_a_parameter(report, project: Path, pipedream: Path):
    """It must be created, or taken out of secrets."""
    write(pipedream, step("a"), code={"a": OPTIONAL})

    text = report()

    assert secrets_of(project) == {"Fn::Sub": "API_KEY=ssm:/${AWS::StackName}/API_KEY"}
    assert "remove API_KEY from secrets in workflow.yaml: while it is listed there without a parameter" in text
    assert "aws ssm put-parameter --type SecureString --name /interlude/API_KEY --value …" in text


def test_one_that_was_taken_out_of_secrets_stays_out(report, project: Path, pipedream: Path):
    """As the report says; the import is no difference."""
    write(pipedream, step("a"), code={"a": OPTIONAL})
    report()
    edit(project / "functions" / "orders" / "workflow.yaml", "    secrets: [API_KEY]\n", "")
    sync(project)
    before = snapshot(project)

    report()

    assert secrets_of(project) is None
    del before["import-report.md"]
    assert before.items() <= snapshot(project).items()


def test_what_has_a_default_is_told_with_lines_to_paste(report, bring: Import, project: Path, pipedream: Path):
    """For workflow.yaml; its value stands nowhere in the template."""
    write(pipedream, step("a"), code={"a": DEFAULT})

    text = report()

    assert secrets_of(project) == {"Fn::Sub": "KEY=ssm:/${AWS::StackName}/KEY"}
    assert not re.search(r"^MODE:", text, re.MULTILINE)
    assert "# functions/orders/workflow.yaml: the step a, and then make sync\nsecrets: [KEY, MODE]\n" in text
    edit(project / "functions" / "orders" / "workflow.yaml", "secrets: [KEY]", "secrets: [KEY, MODE]")
    sync(project)
    assert "orders: unchanged" in bring(pipedream).out


def test_all_secrets_are_one_object_at_one_place(report, pipedream: Path):
    """Of all workflows; each is created once, with all keys that are read of it."""
    account = {"crm": {"authProvisionId": "apn_1"}}
    one = """
import os
def handler(pd):
    return pd.inputs.get("crm", {}).get("$auth", {}).get("api_key"), os.environ["KEY"]
"""
    two = 'import os\ndef handler(pd): return pd.inputs["crm"]["$auth"]["domain"], os.environ["KEY"]\n'
    write(pipedream, step("a", props=account), code={"a": one}, name="one-p_1")
    write(pipedream, step("a", props=account), code={"a": two}, name="two-p_2")

    text = report()

    objects = [json.loads(block) for block in re.findall(r"```\n(\{.*?\n\})\n```", text, re.DOTALL)]
    assert objects == [{"/interlude/KEY": "…", "interlude/crm": {"api_key": "…", "domain": "…"}}]
    assert (text.count("aws ssm put-parameter"), text.count("aws secretsmanager create-secret")) == (1, 1)
    assert "one/a, two/a" in words(text)


def test_timers_and_sources_are_lines_to_paste(report, project: Path, pipedream: Path):
    """Two schedules of one name would be one too many."""
    write(pipedream, step("a"), triggers=[{"id": each} for each in ("hi_1", "ti_1", "ti_2", "dc_1", "dc_2")])

    text = report()

    (block,) = re.findall(r"^(schedule:\n.*?)\n```", text, re.DOTALL | re.MULTILINE)
    with (project / "functions" / "orders" / "workflow.yaml").open("a", encoding="utf-8") as file:
        file.write(block)
    sync(project)
    events = resources(project)["Orders"]["Properties"]["Events"]
    assert list(events) == ["Schedule", "Schedule2", "Source", "Source2"]
    schedules = [events[each]["Properties"] for each in ("Schedule", "Schedule2")]
    assert [each["Name"]["Fn::Sub"] for each in schedules] == [
        "${AWS::StackName}-orders-schedule",
        "${AWS::StackName}-orders-schedule2",
    ]
    names = [json.loads(each["Input"])["interlude_schedule"]["name"] for each in schedules]
    assert names == ["schedule", "schedule2"]


def test_what_the_editor_keeps_for_itself_is_no_prop(report, project: Path, pipedream: Path):
    """Neither told nor an input."""
    props = {"__configurableProps": [{"name": "x", "type": "string"}], "x": "1"}
    write(pipedream, step("a", props=props, _props_cursor="dyp_1"))

    text = report()

    assert "is not known" not in text
    made = project / "functions" / "orders" / "a.inputs.json"
    assert json.loads(made.read_text(encoding="utf-8")) == {"x": "1"}
