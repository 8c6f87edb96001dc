import json
from pathlib import Path
from typing import Any

import pytest
from product import PROJECT, text
from samtranslator.yaml_helper import yaml_parse

from local.template import Translated, load


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with one workflow, called one, in the place of those that it has."""
    path = tmp_path_factory.mktemp("product") / "template.yaml"
    path.write_text(text((PROJECT / "template.yaml").read_text(encoding="utf-8"), "one"), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def source(product: Path) -> dict[str, Any]:
    """The template as it is written."""
    template: dict[str, Any] = yaml_parse(product.read_text(encoding="utf-8"))
    return template


@pytest.fixture(scope="session")
def translated(product: Path) -> Translated:
    """The template as CloudFormation gets it from the SAM translator."""
    return load(product, {"NotifyAddress": "you@example.com"}, "us-east-1")


@pytest.fixture(scope="session")
def platform(source: dict[str, Any]) -> set[str]:
    """The functions that are no steps: their Handler is their own."""
    functions = {k: r for k, r in source["Resources"].items() if r["Type"] == "AWS::Serverless::Function"}
    return {name for name, function in functions.items() if "Handler" in function["Properties"]}


@pytest.fixture(scope="session")
def resources(translated: Translated) -> dict[str, Any]:
    return translated.template["Resources"]


@pytest.fixture(scope="session")
def definition() -> str:
    """The text of the state machine file, before anything is put into it."""
    return (PROJECT / "statemachine" / "workflow.asl.json").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def states(definition: str) -> dict[str, Any]:
    return json.loads(definition)["States"]
