"""Workflows are put into templates of other forms, too; nothing but the new lines changes."""

import textwrap
from pathlib import Path

import pytest
from given import Import, step, write
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = textwrap.dedent("""\
    Transform: AWS::Serverless-2016-10-31   # SAM

    Resources:
        # The one workflow.
        Old:
            Type: 'AWS::Serverless::StateMachine'
            Properties:
                Name:   !Sub "${AWS::StackName}-old"
                DefinitionSubstitutions: { Workflow: old }
            # Belongs to Old.

        # Belongs to Rows.
        Rows:
            Type: AWS::DynamoDB::Table

    Outputs: {}
    """)


def lines_around(before: str, after: str) -> list[str]:
    """What was added, if all lines of before are there in their order."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = next((number for number, line in enumerate(old) if line != new[number]), len(old))
    assert old == new[:start] + new[len(new) - (len(old) - start) :]
    return new[start : len(new) - (len(old) - start)]


@pytest.fixture
def added(bring: Import, project: Path, pipedream: Path):
    """Imports into a template of the given bytes, and returns the lines that were added."""

    def run(text: str) -> list[str]:
        (project / "template.yaml").write_bytes(text.encode())
        write(pipedream, step("a"))
        result = bring(pipedream)
        assert result.code == 0, result.err
        after = (project / "template.yaml").read_bytes().decode()
        made = yaml_parse(after.removeprefix("\ufeff"))["Resources"]
        assert {"OrdersA", "Orders"} <= set(made)
        assert bring(pipedream).out.count(": unchanged") == 1
        return lines_around(text, after)

    return run


def test_after_the_last_workflow_in_the_templates_own_indentation(added, project: Path):
    """Comments stay with what they are about."""
    new = added(TEMPLATE)

    assert new[0].startswith("    # interlude: begin orders, ")
    assert new[1:3] == ["    OrdersA:\n", "      Type: AWS::Serverless::Function\n"]
    assert new[-2:] == ["    # interlude: end orders\n", "\n"]
    text = (project / "template.yaml").read_text(encoding="utf-8")
    assert text.index("# Belongs to Old.") < text.index("OrdersA:") < text.index("# Belongs to Rows.")


def test_lines_end_as_in_the_template(added):
    """CRLF stays CRLF."""
    new = added(TEMPLATE.replace("\n", "\r\n"))

    assert all(line.endswith("\r\n") for line in new)


def test_a_template_that_ends_without_a_line_end(bring: Import, project: Path, pipedream: Path):
    """Its last line gets one, since more come."""
    text = TEMPLATE[: TEMPLATE.index("\n\n    # Belongs to Rows")]
    (project / "template.yaml").write_text(text, encoding="utf-8")
    write(pipedream, step("a"))

    assert bring(pipedream).code == 0

    assert (
        (project / "template.yaml").read_text(encoding="utf-8").startswith(f"{text}\n\n    # interlude: begin orders, ")
    )


def test_a_template_without_a_workflow(added):
    """It goes to the end of the resources."""
    text = "Resources:\n  Rows:\n    Type: AWS::DynamoDB::Table\n# end\nOutputs: {}\n"

    assert added(text)[2] == "  OrdersA:\n"


def test_a_template_with_a_mark_of_its_encoding(added):
    """It stays where it is."""
    added("\ufeff" + TEMPLATE)


def test_texts_of_yaml_1_1(bring: Import, project: Path, pipedream: Path):
    """CloudFormation reads off as false and 1_0 as ten: names and options are texts all the same."""
    write(pipedream, step("yes"), step("no"), step("n"), name="1_0-p_1", inactive=True)

    assert bring(pipedream).code == 0

    made = yaml_parse((project / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    assert made["W10"]["Properties"]["DefinitionSubstitutions"] == {
        "Workflow": "1_0",
        "Partition": {"Ref": "AWS::Partition"},
        "Table": {"Ref": "Runs"},
        "Options": "off",
        "Steps": {"Fn::Sub": "yes=${W10Yes.Version},no=${W10No.Version},n=${W10N.Version}"},
    }
    assert [made[name]["Properties"]["Environment"]["Variables"]["STEP"] for name in ("W10Yes", "W10No", "W10N")] == [
        "yes",
        "no",
        "n",
    ]


@pytest.mark.parametrize("name", ["On", "no", "Y"])
def test_a_logical_id_is_never_a_truth_value(bring: Import, project: Path, pipedream: Path, name: str):
    """A workflow may be called so."""
    write(pipedream, step("a"), name=f"{name}-p_1")

    assert bring(pipedream).code == 0

    made = yaml_parse((project / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    assert all(isinstance(key, str) for key in made)
    assert f"{name.title()}2" in made


def test_logical_ids_that_would_clash_are_numbered(bring: Import, project: Path, pipedream: Path):
    """The same ones each time."""
    write(pipedream, step("b_c"), step("bC"), step("b__c"), name="a-p_1")
    write(pipedream, step("c"), name="a-b-p_2")

    assert bring(pipedream).code == 0

    made = yaml_parse((project / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    ours = {key: each["Properties"].get("FunctionName") for key, each in made.items() if key.startswith("AB")}
    assert ours == {
        "ABC": {"Fn::Sub": "${AWS::StackName}-a-b-c"},
        "AB": None,
        "ABC2": {"Fn::Sub": "${AWS::StackName}-a-b_c"},
        "ABC3": {"Fn::Sub": "${AWS::StackName}-a-bC"},
        "ABC4": {"Fn::Sub": "${AWS::StackName}-a-b__c"},
    }
    assert bring(pipedream).out.count(": unchanged") == 2


def test_names_that_are_too_long_are_shortened(bring: Import, project: Path, pipedream: Path):
    """Lambda's 64 characters, for a stack called interlude; the workflow's prefix is whole, for its policy."""
    long = "a_step_with_a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on"
    write(pipedream, step(long), step(f"{long}_2"), name=f"{'order-' * 10}intake-p_1")

    assert bring(pipedream).code == 0

    made = yaml_parse((project / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    (folder,) = (path.name for path in (project / "functions").iterdir() if path.name.startswith("order"))
    names = [
        each["Properties"]["FunctionName"]["Fn::Sub"].replace("${AWS::StackName}", "interlude")
        for each in made.values()
        if each["Properties"].get("CodeUri") == f"functions/{folder}/"
    ]
    assert len(folder) == 40
    assert len(set(names)) == 2
    assert all(len(name) == 64 and name.startswith(f"interlude-{folder}-") for name in names)


@pytest.mark.parametrize(
    "parameters", ["", 'Parameters:\n    SnapStart:\n        Type: String\n        Default: "None"\n\n']
)
def test_snapshots_follow_the_parameter_of_a_template_that_has_it(added, parameters: str):
    """A reference to a parameter that is not there would be refused by CloudFormation."""
    new = "".join(added(TEMPLATE.replace("Resources:\n", f"{parameters}Resources:\n")))

    assert new.count("${SnapStart}\n") == bool(parameters)
    assert new.count("SnapStart: {ApplyOn: !Ref SnapStart}\n") == bool(parameters)
