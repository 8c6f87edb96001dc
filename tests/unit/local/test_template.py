"""local.template, parameters and localized say in one sentence what is wrong, and point everything to this machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.errors import LocalError
from local.localized import localized
from local.template import load

FIXTURE = Path(__file__).parents[2] / "local_template" / "template.yaml"
FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: hello.handler, CodeUri: %s}
"""
MACHINE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::StateMachine
    Properties: {Role: "arn:aws:iam::123456789012:role/r", DefinitionUri: machine.json}
"""


def refusal(path: Path, text: str | None = None, **overrides: str) -> str:
    if text is not None:
        path.write_text(text)
    with pytest.raises(LocalError) as refused:
        load(path, overrides, "us-east-1")
    said = str(refused.value)
    assert "\n" not in said
    return said


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    """The path, and which option takes it."""
    path = tmp_path / "t.yaml"
    assert refusal(path) == f"{path} does not exist; --template must be the path of a SAM template."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is not valid YAML: while parsing a flow node"),
        ("just text", "is no SAM template: it has no Resources."),
        ("Resources: []", "is no SAM template: it has no Resources."),
        ("Resources: {A: {Type: AWS::Serverless::Function}}", "is refused by the SAM translator: "),
        (FUNCTION % "nowhere/", "Hello has CodeUri nowhere/, but there is no folder "),
        (FUNCTION % "s3://bucket/key", "Hello has no folder as its CodeUri"),
    ],
)
def test_a_template_that_is_no_use(tmp_path: Path, text: str, said: str) -> None:
    """The sentence names the file, the resource and its value."""
    path = tmp_path / "t.yaml"
    assert f"{path}" in refusal(path, text)
    assert said in refusal(path, text)


def test_a_state_machine_that_is_not_there(tmp_path: Path) -> None:
    """The resource, its DefinitionUri, and where it was looked for."""
    said = f"Hello has DefinitionUri machine.json, but there is no file {tmp_path / 'machine.json'}."
    assert said in refusal(tmp_path / "t.yaml", MACHINE)


def test_a_state_machine_that_is_no_json(tmp_path: Path) -> None:
    """The resource, its DefinitionUri, and the place in the file."""
    (tmp_path / "machine.json").write_text('{"StartAt": }')
    said = "Hello has DefinitionUri machine.json, which is not valid JSON: Expecting value: line 1 column 13"
    assert said in refusal(tmp_path / "t.yaml", MACHINE)


@pytest.mark.parametrize(
    ("rules", "value", "said"),
    [
        (
            "{Type: Number, MinValue: 1, MaxValue: 9}",
            "10",
            "The parameter P is '10', but must be a number from 1 to 9.",
        ),
        ("{Type: Number}", "x", "The parameter P is 'x', but must be a number."),
        ("{Type: String, MaxLength: 3}", "abcd", "The parameter P is 'abcd', but must be up to 3 characters."),
        ("{Type: String, AllowedValues: [a, b]}", "c", "The parameter P is 'c', but must be one of a, b."),
        ("{Type: String, AllowedPattern: ^$|a+}", "b", "The parameter P is 'b', but must be like ^$|a+."),
        (
            "{Type: String, AllowedPattern: a+, ConstraintDescription: must be some a}",
            "b",
            "The parameter P is 'b', but must be some a.",
        ),
    ],
)
def test_a_parameter_that_breaks_its_rules(tmp_path: Path, rules: str, value: str, said: str) -> None:
    """The parameter, its value, and what is allowed."""
    text = f"Parameters: {{P: {rules}}}\nResources: {{}}"
    assert refusal(tmp_path / "t.yaml", text, P=value) == said


def test_a_parameter_that_is_unknown_or_missing(tmp_path: Path) -> None:
    """The parameters that the template has, or how to give one."""
    path, text = tmp_path / "t.yaml", "Parameters: {P: {Type: String}}\nResources: {}"
    assert refusal(path, text, Q="1") == f"{path} has no parameter Q; it has P."
    assert refusal(path, text) == f"{path} needs a value for the parameter P: --parameter-overrides P=…"


def localized_fixture() -> dict[str, Any]:
    translated = load(FIXTURE, {}, "us-east-1")
    supported = frozenset(resource["Type"] for resource in translated.template["Resources"].values())
    return localized(translated, "http://127.0.0.1:3000", supported)


def test_the_api_has_the_address_of_this_machine() -> None:
    """Wherever the template puts the API's address together."""
    template = localized_fixture()
    assert template["Outputs"]["Url"]["Value"] == {"Fn::Sub": "http://127.0.0.1:3000"}
    variables = template["Resources"]["StepFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["BASE_URL"] == {"Fn::Sub": "http://127.0.0.1:3000"}
    assert "execute-api" not in json.dumps(template)


def test_what_moto_has_not_is_left_out() -> None:
    """Aliases, permissions, layers and the HTTP API itself."""
    types = {resource["Type"] for resource in localized_fixture()["Resources"].values()}
    assert types == {
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        "AWS::Scheduler::Schedule",
        "AWS::StepFunctions::StateMachine",
    } | {kind for kind in types if kind in ("AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage")}


def test_folders_are_relative_to_the_template() -> None:
    """Of functions and of layers."""
    folders = load(FIXTURE, {}, "us-east-1").folders
    by_name = {folder.name: folder for folder in folders.values()}
    assert by_name == {name: FIXTURE.parent / name for name in ("api", "step", "layer")}


def test_options_are_those_of_each_workflow_in_plain_words(tmp_path: Path) -> None:
    """A machine that is no workflow has none."""
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": "x", "DefinitionString": "{}"}}
    words = {"Workflow": "sales", "Options": "quiet verify=github:ssm:x"}
    sales = {**machine, "Properties": {**machine["Properties"], "DefinitionSubstitutions": words}}
    path = tmp_path / "template.yaml"
    path.write_text(json.dumps({"Resources": {"Sales": sales, "Other": machine}}), encoding="utf-8")

    assert load(path, {}, "us-east-1").options == {"sales": "quiet verify=github:ssm:x"}


def test_mail_works_without_a_setting() -> None:
    """NotifyAddress has a default of its own here, and an override goes before it."""
    assert load(FIXTURE, {}, "us-east-1").parameters["NotifyAddress"] == "you@example.com"
    assert load(FIXTURE, {"NotifyAddress": "a@b.c"}, "us-east-1").parameters["NotifyAddress"] == "a@b.c"
