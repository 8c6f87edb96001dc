"""What people have changed by hand in what an import wrote: kept where it can be, told where it can't."""

from pathlib import Path
from typing import Any

import pytest
from given import HANDLER, Import, edit, resources, step, words, write

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
    edit(
        project / "template.yaml",
        "      CodeUri: functions/orders/\n      AutoPublishAlias: live\n",
        "      CodeUri: functions/orders/\n      Timeout: 33\n      MemorySize: !Ref StepMemory\n"
        "      AutoPublishAlias: live\n",
    )
    edit(
        project / "template.yaml",
        "      Policies: [!Ref StepPolicy]\n      Environment:\n        Variables:\n          STEP: a\n",
        "      Policies:\n        # Its own.\n        - S3ReadPolicy: {BucketName: !Ref Payloads}\n"
        "        - !Ref StepPolicy\n        # And not more.\n"
        "      Environment:\n        Variables:\n          STEP: a\n",
    )
    assert "orders: unchanged" in bring(orders).out
    (orders / "a" / "entry.py").write_text('import os\ndef handler(pd): os.environ["KEY"]\n', encoding="utf-8")

    assert bring(orders, "--replace").code == 0

    properties = function(project)["Properties"]
    assert (properties["Timeout"], properties["MemorySize"]) == (33, {"Ref": "StepMemory"})
    assert properties["Policies"][:2] == [{"S3ReadPolicy": {"BucketName": {"Ref": "Payloads"}}}, {"Ref": "StepPolicy"}]
    assert [each["Action"] for each in properties["Policies"][2]["Statement"]] == ["ssm:GetParameter"]
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
    edit(project / "template.yaml", "Timeout: 77", "Timeout: 33")

    result = bring(pipedream, "--replace")

    assert function(project)["Properties"]["Timeout"] == 77
    assert "replaced template.yaml: Overwritten: the version" in words(result.out)
    assert "OrdersA.Properties.Timeout" in (project / "import-report.md").read_text(encoding="utf-8")


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
    edit(
        project / "template.yaml",
        "  OrdersA:\n    Type: AWS::Serverless::Function\n",
        "  OrdersA:\n    Type: AWS::Serverless::Function\n    # Only with mail.\n    Condition: SendsMail\n"
        "    DependsOn: [Runs, Payloads]\n    Metadata:\n      cfn-lint:\n        config:\n"
        "          ignore_checks: []\n",
    )
    assert "orders: unchanged" in bring(orders).out
    (project / "functions" / "orders" / "a.py").unlink()

    result = bring(orders, "--replace")

    assert result.code == 0, result.err
    made = function(project)
    assert (made["Condition"], made["DependsOn"]) == ("SendsMail", ["Runs", "Payloads"])
    assert made["Metadata"] == {"cfn-lint": {"config": {"ignore_checks": []}}}
    assert "    # Only with mail.\n    Condition: SendsMail\n" in (project / "template.yaml").read_text(
        encoding="utf-8"
    )


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
    added = "          SECRETS: !Sub OPENAI_API_KEY=secretsmanager:openai\n"
    edit(project / "template.yaml", "          STEP: a\n", f"          STEP: a\n{added}")
    assert "orders: unchanged" in bring(orders).out
    (project / "functions" / "orders" / "a.py").unlink()

    assert bring(orders, "--replace").code == 0

    assert added in (project / "template.yaml").read_text(encoding="utf-8")
