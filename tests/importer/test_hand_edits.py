"""What people have changed by hand in what an import wrote: kept where it can be, told where it can't."""

from pathlib import Path
from typing import Any

import pytest
from given import HANDLER, Import, edit, resources, snapshot, step, sync, words, write

NOTES = "    notes: Step a of Orders (imported from Pipedream)\n"
NODE = {"namespace": "to_node", "runtime": "nodejs20.x", "uses": "./to_node/entry.js"}


@pytest.fixture
def orders(bring: Import, pipedream: Path) -> Path:
    """A workflow that has been imported, with a step in Node that could not be."""
    folder = write(pipedream, step("a"), NODE)
    assert bring(pipedream).code == 0
    return folder


@pytest.fixture
def by_hand(bring: Import, orders: Path, project: Path) -> Path:
    """The same step, written by hand and brought in its place. Returns its file."""
    file = project / "functions" / "orders" / "to_node.py"
    file.write_text(HANDLER, encoding="utf-8")
    assert bring(orders, "--replace").code == 0
    return file


def declaration(project: Path) -> Path:
    return project / "functions" / "orders" / "workflow.yaml"


def function(project: Path, name: str = "OrdersA") -> dict[str, Any]:
    return resources(project)[name]


def test_a_step_written_by_hand_outlives_the_step_on_pipedream(
    bring: Import, orders: Path, by_hand: Path, project: Path
):
    """Disabled there, it goes out of the template, and its file stays."""
    edit(orders / "workflow.yaml", "- namespace: to_node\n", "- namespace: to_node\n  disabled: true\n")

    result = bring(orders, "--replace")

    assert (result.code, by_hand.read_text(encoding="utf-8")) == (0, HANDLER)
    assert "OrdersToNode" not in resources(project)
    assert "to_node.py Kept: it existed already, and does not come from an import." in words(result.out)


def test_a_step_written_by_hand_has_no_mark(by_hand: Path, project: Path):
    """The mark says that its file may be removed."""
    assert function(project, "OrdersToNode")["Properties"]["Description"] == "Step to_node of Orders"
    assert function(project)["Properties"]["Description"] == "Step a of Orders (imported from Pipedream)"


def test_timeouts_memory_and_policies_stay(bring: Import, orders: Path, project: Path):
    """Where Pipedream sets no timeout: they are no difference, and --replace keeps them."""
    added = (
        "    settings: {lambda_timeout: 33, lambda_memory: 1024}\n    policies:\n      # Its own.\n"
        "      - S3ReadPolicy: {BucketName: !Ref Payloads}\n      # And not more.\n"
    )
    edit(declaration(project), NOTES, NOTES + added)
    sync(project)
    assert "orders: unchanged" in bring(orders).out
    (orders / "a" / "entry.py").write_text('import os\ndef handler(pd): os.environ["KEY"]\n', encoding="utf-8")

    assert bring(orders, "--replace").code == 0

    properties = function(project)["Properties"]
    assert (properties["Timeout"], properties["MemorySize"]) == (33, 1024)
    own, to_read, added_one = properties["Policies"]
    assert (own, added_one) == ({"Ref": "StepPolicy"}, {"S3ReadPolicy": {"BucketName": {"Ref": "Payloads"}}})
    assert [each["Action"] for each in to_read["Statement"]] == ["ssm:GetParameter"]
    assert added in declaration(project).read_text(encoding="utf-8")
    assert "orders: unchanged" in bring(orders).out


def test_a_policy_for_a_secret_that_is_gone_goes(bring: Import, pipedream: Path, project: Path):
    """An import wrote it, and nobody needs it."""
    write(pipedream, step("a", props={"crm": {"authProvisionId": "apn_1"}}))
    bring(pipedream)
    edit(pipedream / "orders-p_Ab1" / "workflow.yaml", "    crm:\n      authProvisionId: apn_1\n", "    x: 1\n")

    assert bring(pipedream, "--replace").code == 0

    assert function(project)["Properties"]["Policies"] == [{"Ref": "StepPolicy"}]


def test_pipedreams_own_timeout_counts(bring: Import, pipedream: Path, project: Path):
    """It is a setting there."""
    write(pipedream, step("a"), settings={"lambda_timeout": 77})
    bring(pipedream)
    edit(declaration(project), "lambda_timeout: 77", "lambda_timeout: 33")
    sync(project)

    assert bring(pipedream, "--replace").code == 0

    assert function(project)["Properties"]["Timeout"] == 77
    report = (project / "import-report.md").read_text(encoding="utf-8")
    assert "| Replaced | functions/orders/workflow.yaml: settings.lambda_timeout | Overwritten: the version" in report


def test_what_replace_overwrites_is_told(bring: Import, orders: Path, project: Path):
    """Code and descriptions: each by its place."""
    (project / "functions" / "orders" / "a.py").write_text("mine = 1\n", encoding="utf-8")
    edit(project / "template.yaml", "Step a of Orders (imported from Pipedream)", "Mine (imported from Pipedream)")

    assert bring(orders, "--replace").code == 0

    report = (project / "import-report.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in report.splitlines() if line.startswith("| Replaced | ")]
    assert [row[1] for row in rows[1:]] == ["functions/orders/a.py", "template.yaml: OrdersA.Properties.Description"]


def test_keys_of_a_resource_that_no_import_writes_stay(bring: Import, orders: Path, project: Path):
    """Conditions, dependencies, metadata; they are no difference."""
    added = (
        "    resource:\n      # Only with mail.\n      Condition: SendsMail\n      DependsOn: [Runs, Payloads]\n"
        "      Metadata: {cfn-lint: {config: {ignore_checks: []}}}\n"
    )
    edit(declaration(project), NOTES, NOTES + added)
    sync(project)
    assert "orders: unchanged" in bring(orders).out
    (project / "functions" / "orders" / "a.py").unlink()

    result = bring(orders, "--replace")

    assert result.code == 0, result.err
    made = function(project)
    assert (made["Condition"], made["DependsOn"]) == ("SendsMail", ["Runs", "Payloads"])
    assert made["Metadata"] == {"cfn-lint": {"config": {"ignore_checks": []}}}
    assert added in declaration(project).read_text(encoding="utf-8")


def test_a_function_beside_the_steps_stays(bring: Import, orders: Path, project: Path):
    """It has the workflow's folder and no STEP, so that it is none."""
    own = (
        "  OrdersMail:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: mail.handler\n"
        "      CodeUri: functions/orders/\n\n"
    )
    edit(project / "template.yaml", "  # ---- What all workflows share", own + "  # ---- What all workflows share")
    (project / "functions" / "orders" / "a.py").unlink()

    assert bring(orders, "--replace").code == 0

    assert function(project, "OrdersMail")["Properties"]["Handler"] == "mail.handler"


def test_a_logical_id_of_ones_own_stays(bring: Import, orders: Path, project: Path):
    """CloudFormation would replace a function that has another, and fail over its name."""
    template = project / "template.yaml"
    template.write_text(template.read_text(encoding="utf-8").replace("OrdersA", "Intake"), encoding="utf-8")

    assert "orders: unchanged" in bring(orders).out


def test_secrets_that_were_added_stay(bring: Import, orders: Path, project: Path):
    """A library reads them, so that no import can know."""
    edit(declaration(project), NOTES, f"{NOTES}    secrets: {{OPENAI_API_KEY: secretsmanager:openai}}\n")
    sync(project)
    assert "orders: unchanged" in bring(orders).out
    (orders / "a" / "entry.py").write_text('import os\ndef handler(pd): os.environ["KEY"]\n', encoding="utf-8")

    assert bring(orders, "--replace").code == 0

    assert function(project)["Properties"]["Environment"]["Variables"]["SECRETS"] == {
        "Fn::Sub": "OPENAI_API_KEY=secretsmanager:openai,KEY=ssm:/${AWS::StackName}/KEY"
    }


def test_a_workflow_yaml_with_a_mistake_is_not_overwritten(bring: Import, orders: Path, project: Path):
    """Its owner has to say what is meant, also with --replace."""
    edit(declaration(project), NOTES, "    note: Mine.\n")
    before = snapshot(project)

    result = bring(orders, "--replace")

    assert (result.code, snapshot(project)) == (1, before)
    assert "functions/orders/workflow.yaml, line 4: The key note is not known, the nearest is notes;" in result.err
