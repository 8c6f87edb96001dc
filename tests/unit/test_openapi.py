"""docs/openapi.json: what the HTTP API takes and answers. tests/fuzz/test_http.py holds the API to it."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from samtranslator.yaml_helper import yaml_parse

import entry
import openapi
from schemas import RunStatus

ROOT = Path(__file__).parents[2]
METHODS = ["get", "head", "post", "put", "patch", "delete", "options"]


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))


def test_the_document_is_the_code_s(document: Any):
    """`make openapi` writes it again."""
    assert document == openapi.document(), "docs/openapi.json is behind the code: run make openapi"


def test_the_document_is_openapi(document: Any):
    """3.1, by the official schema."""
    validate(document)


def test_the_routes_are_those_of_the_template(document: Any):
    """With the same ones signed in, and no other."""
    template: Any = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    expected = {}
    for event in template["Resources"]["ApiFunction"]["Properties"]["Events"].values():
        route = event["Properties"]
        signed = route.get("Auth", {}).get("Authorizer") != "NONE"
        for method in METHODS if route["Method"] == "ANY" else [route["Method"].lower()]:
            expected[method, route["Path"].replace("{proxy+}", "{proxy}")] = signed

    assert {
        (method, path): "security" in operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
    } == expected


def test_what_a_list_of_runs_takes_is_what_its_route_takes(document: Any):
    """Names, limits and defaults, as Powertools reads them from the function."""
    known = entry.app.get_openapi_schema().model_dump(mode="json", by_alias=True, exclude_none=True)

    def told(parameters: Any) -> Any:
        bounds = ("minimum", "maximum", "default")
        return {each["name"]: {name: each["schema"].get(name) for name in bounds} for each in parameters}

    assert told(document["paths"]["/runs"]["get"]["parameters"]) == told(known["paths"]["/runs"]["get"]["parameters"])
    [status] = [each for each in document["paths"]["/runs"]["get"]["parameters"] if each["name"] == "status"]
    assert status["schema"]["enum"] == list(RunStatus.__args__)
