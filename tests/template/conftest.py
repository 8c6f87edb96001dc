import json
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.template import Translated, load

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def source() -> dict[str, Any]:
    """The template as it is written."""
    return yaml_parse((PROJECT / "template.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def translated() -> Translated:
    """The template as CloudFormation gets it from the SAM translator."""
    return load(PROJECT / "template.yaml", {"NotifyAddress": "you@example.com"}, "us-east-1")


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
