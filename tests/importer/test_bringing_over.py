"""What an import writes: files, inputs, resources. What it leaves as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from given import HANDLER, PROJECTS, ROOT, Import, resources, snapshot, step, template, write

from local.template import load


def inputs(project: Path, workflow: str, name: str) -> Any:
    return json.loads((project / "functions" / workflow / f"{name}.inputs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["python_only", "mixed"])
def test_steps_and_the_files_beside_them_are_copied_byte_for_byte(bring: Import, project: Path, name: str):
    """Nothing is rewritten."""
    assert bring(PROJECTS / name).code == 0

    for entry in (PROJECTS / name).rglob("entry.py"):
        workflow = entry.parents[1].name.partition("-p_")[0]
        copied = project / "functions" / workflow / f"{entry.parent.name}.py"
        assert copied.is_file() is (entry.parent.name != "old_way")
        assert not copied.is_file() or copied.read_bytes() == entry.read_bytes()


def test_only_what_belongs_to_a_workflow_is_copied(bring: Import, project: Path, pipedream: Path):
    """Modules, folders and data; nothing of git, of tools, or of Node."""
    folder = write(pipedream, step("a"))
    wanted = {"prices.py": "A = 1", "data/rows.csv": "1;2", "data/deep/x.txt": "x"}
    unwanted = {
        ".git/config": "",
        "__pycache__/a.pyc": "",
        "node_modules/x/index.js": "",
        ".workflow.state": "",
        "entry.js": "",
    }
    for path, text in {**wanted, **unwanted}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "a" / "notes.txt").write_text("beside the entry", encoding="utf-8")

    assert bring(pipedream).code == 0

    assert set(snapshot(project / "functions" / "orders")) == {"a.py", "workflow.yaml", "notes.txt", *wanted}


@pytest.mark.parametrize("name", ["python_only", "mixed"])
def test_a_second_import_changes_nothing(bring: Import, project: Path, name: str):
    """Not even the report; it says so."""
    bring(PROJECTS / name)
    before = snapshot(project)

    again = bring(PROJECTS / name)

    assert snapshot(project) == before
    assert again.code == 0
    assert again.out.count(": unchanged\n") == 2


def test_every_line_of_the_template_stays(bring: Import, project: Path):
    """The difference consists of added lines, in one place."""
    bring(PROJECTS / "python_only")
    bring(PROJECTS / "mixed")

    before = template().splitlines()
    after = (project / "template.yaml").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(before) if line != after[number])
    assert after[:start] + after[len(after) - (len(before) - start) :] == before


def test_what_is_written_has_the_form_of_counter(bring: Import, project: Path, pipedream: Path):
    """The same keys in the same order, and the same values but for names."""
    write(pipedream, step("count"), step("report"), name="tally-p_1", settings={})

    bring(pipedream)

    made = resources(project)
    for sample, ours in (("CounterCount", "TallyCount"), ("CounterReport", "TallyReport"), ("Counter", "Tally")):
        expected = json.loads(json.dumps(made[sample]).replace("Counter", "Tally").replace("counter", "tally"))
        expected["Properties"]["Description"] = made[ours]["Properties"].get("Description")
        if "Description" not in made[sample]["Properties"]:
            del expected["Properties"]["Description"]
        if sample != "Counter":
            # Whoever owns this copy of the project may allow a step more.
            expected["Properties"]["Policies"] = [{"Ref": "StepPolicy"}]
        assert json.dumps(made[ours]) == json.dumps(expected)
    text = (project / "template.yaml").read_text(encoding="utf-8")
    block = text[text.index("  Counter:\n") :].split("\n\n")[0]
    assert block.replace("Counter", "Tally").replace("counter", "tally") + "\n" in text


def test_the_sam_translator_takes_what_is_written(bring: Import, project: Path, monkeypatch: pytest.MonkeyPatch):
    """And pins a version of each step."""
    for part in ("functions/api", "layers", "statemachine"):
        (project / part).symlink_to(ROOT / part)
    for uri in {r["Properties"].get("CodeUri") for r in resources(project).values()} - {None}:
        if not (project / uri).exists():
            (project / uri.rstrip("/")).symlink_to(ROOT / uri)
    bring(PROJECTS / "python_only")
    bring(PROJECTS / "mixed")

    translated = load(project / "template.yaml", {}, "us-east-1")

    desk = translated.template["Resources"]["SupportDesk"]["Properties"]["DefinitionSubstitutions"]
    assert desk["Options"] == "respond quiet"
    assert [part.split("=")[0] for part in desk["Steps"]["Fn::Sub"].split(",")] == [
        "only_open",
        "SumUp",
        "remember",
        "shout",
        "answer",
    ]


def test_settings_become_properties_and_options(bring: Import, project: Path):
    """Timeout, memory, quiet, off; and respond, where a step does."""
    bring(PROJECTS / "mixed")

    made = resources(project)
    properties = made["SupportDeskSumUp"]["Properties"]
    assert (properties["Timeout"], properties["MemorySize"]) == (120, 512)
    assert made["SupportDesk"]["Properties"]["DefinitionSubstitutions"]["Options"] == "respond quiet"
    assert made["NightlyCleanup"]["Properties"]["DefinitionSubstitutions"]["Options"] == "off"
    assert "Timeout" not in made["NightlyCleanupCountOld"]["Properties"]


def test_what_lambda_does_not_take_is_cut_and_told(bring: Import, project: Path, pipedream: Path):
    """A timeout of more than 15 minutes, more than 10 GB."""
    write(pipedream, step("a"), settings={"lambda_timeout": 3600, "lambda_memory": "99999"})

    told = bring(pipedream).out

    properties = resources(project)["OrdersA"]["Properties"]
    assert (properties["Timeout"], properties["MemorySize"]) == (900, 10_240)
    assert "It is 3600; Lambda allows 1 to 900, so it is now 900." in " ".join(told.split())


def test_an_account_is_a_secret_that_the_step_may_read(bring: Import, project: Path):
    """And no other step, and no other secret."""
    bring(PROJECTS / "python_only")

    made = resources(project)
    properties = made["OrderIntakeSendInvoice"]["Properties"]
    assert inputs(project, "order-intake", "sendInvoice")["slack"] == {"$account": "slack"}
    assert properties["Environment"]["Variables"]["ACCOUNTS"] == {
        "Fn::Sub": "slack=secretsmanager:${AWS::StackName}/slack"
    }
    assert properties["Policies"] == [
        {"Ref": "StepPolicy"},
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": [
                        {
                            "Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}"
                            ":secret:${AWS::StackName}/slack-??????"
                        }
                    ],
                }
            ],
        },
    ]
    assert made["OrderIntakeFinish"]["Properties"]["Policies"] == [{"Ref": "StepPolicy"}]


def test_two_accounts_of_one_app_are_two_secrets(bring: Import, project: Path, pipedream: Path):
    """Also where they are imported one after the other."""
    write(pipedream, step("a", props={"slack": {"authProvisionId": "apn_1"}}), name="one-p_1")
    write(pipedream, step("a", props={"slack": {"authProvisionId": "apn_2"}}), name="two-p_2")

    for workflow in ("one", "two"):
        assert bring(pipedream, "--workflow", workflow).code == 0

    assert inputs(project, "one", "a") == {"slack": {"$account": "slack_1"}}
    assert inputs(project, "two", "a") == {"slack": {"$account": "slack_2"}}
    assert ": unchanged" in bring(pipedream).out


def test_an_environment_variable_is_a_parameter_that_the_step_may_read(bring: Import, project: Path, pipedream: Path):
    """Also one that is asked for with get, as keys often are; not what Lambda gives, nor what has a default."""
    code = """
import os

def handler(pd):
    return [os.environ.get("API_KEY"), os.environ["AWS_REGION"], os.getenv("MODE", "fast")]
"""
    write(pipedream, step("a", props={"zone": "{{process.env.ZONE}}"}), code={"a": code})

    bring(pipedream)

    properties = resources(project)["OrdersA"]["Properties"]
    assert properties["Environment"]["Variables"]["SECRETS"] == {
        "Fn::Sub": "API_KEY=ssm:/${AWS::StackName}/API_KEY,ZONE=ssm:/${AWS::StackName}/ZONE"
    }
    statement = properties["Policies"][1]["Statement"][0]
    assert statement["Action"] == "ssm:GetParameter"
    assert [each["Fn::Sub"].split(":parameter/")[1] for each in statement["Resource"]] == [
        "${AWS::StackName}/API_KEY",
        "${AWS::StackName}/ZONE",
    ]


def test_a_variable_that_interlude_has_itself_is_told(bring: Import, project: Path, pipedream: Path):
    """It would have another value."""
    write(pipedream, step("a"), code={"a": 'import os\ndef handler(pd): return os.environ["BASE_URL"]\n'})

    assert "the environment variable BASE_URL, which Interlude reserves" in " ".join(bring(pipedream).out.split())
    assert "SECRETS" not in resources(project)["OrdersA"]["Properties"]["Environment"]["Variables"]


def test_a_step_that_cannot_run_is_written_by_hand_and_brought_in_its_place(
    bring: Import, project: Path, pipedream: Path
):
    """As the report says: write the file, import again with --replace."""
    write(
        pipedream,
        step("a"),
        {"namespace": "b", "uses": "slack_v2-send-message@1.0.0", "props": {"text": "hi"}},
        step("c"),
    )
    assert "def handler(pd): ...  # in functions/orders/b.py" in bring(pipedream).out
    (project / "functions" / "orders" / "b.py").write_text(HANDLER, encoding="utf-8")

    assert bring(pipedream, "--replace").code == 0

    steps = resources(project)["Orders"]["Properties"]["DefinitionSubstitutions"]["Steps"]["Fn::Sub"]
    assert steps == "a=${OrdersA.Version},b=${OrdersB.Version},c=${OrdersC.Version}"
    assert (project / "functions" / "orders" / "b.py").read_text(encoding="utf-8") == HANDLER
    assert inputs(project, "orders", "b") == {"text": "hi"}
    assert ": unchanged" in bring(pipedream).out


def test_a_workflow_of_which_nothing_can_run_is_not_written(bring: Import, project: Path, pipedream: Path):
    """But the report tells of it."""
    write(pipedream, {"namespace": "a", "uses": "slack_v2-send-message@1.0.0"})
    before = snapshot(project)

    result = bring(pipedream)

    assert (result.code, "orders: not imported" in result.out) == (0, True)
    assert set(snapshot(project)) - set(before) == {"import-report.md"}
    assert (project / "template.yaml").read_bytes() == before["template.yaml"]


def test_only_the_workflows_that_are_named(bring: Import, project: Path):
    """--workflow takes several."""
    bring(PROJECTS / "mixed", "--workflow", "nightly-cleanup")

    assert (project / "functions" / "nightly-cleanup").is_dir()
    assert not (project / "functions" / "support-desk").exists()


def test_one_folder_of_a_repository(bring: Import, project: Path):
    """PATH may be a workflow's own folder."""
    assert bring(PROJECTS / "mixed" / "ops" / "nightly-cleanup-p_Mx3Ab4").code == 0
    assert (project / "functions" / "nightly-cleanup" / "count_old.py").is_file()


def test_variables_that_a_module_reads_are_for_the_steps_that_import_it(bring: Import, project: Path, pipedream: Path):
    """And for no other."""
    code = {"a": "import config\ndef handler(pd): pass\n"}
    folder = write(pipedream, step("a"), step("b"), code=code)
    (folder / "config.py").write_text('import os\nKEY = os.environ["API_KEY"]\n', encoding="utf-8")

    bring(pipedream)

    made = resources(project)
    assert "SECRETS" in made["OrdersA"]["Properties"]["Environment"]["Variables"]
    assert "SECRETS" not in made["OrdersB"]["Properties"]["Environment"]["Variables"]


def test_entries_that_lie_elsewhere(bring: Import, project: Path, pipedream: Path):
    """Beside workflow.yaml, deeper, and one for two steps."""
    write(
        pipedream,
        {"namespace": "a", "uses": "./a.py"},
        {"namespace": "b", "uses": "./deep/er/entry.py"},
        {"namespace": "c", "uses": "./deep/er/entry.py"},
    )

    assert bring(pipedream).code == 0
    assert set(snapshot(project / "functions" / "orders")) == {"a.py", "b.py", "c.py", "workflow.yaml"}
