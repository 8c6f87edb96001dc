"""The project's template with workflows of tests in it. Called by what deploys a stack in the process of its tests."""

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

PROJECT = Path(__file__).parents[1]


def of_the_project() -> dict[str, Any]:
    """The template as it is."""
    template: dict[str, Any] = yaml_parse((PROJECT / "template.yaml").read_text(encoding="utf-8"))
    return template


def from_anywhere() -> dict[str, Any]:
    """The template, for a file that lies elsewhere: what it refers to is found from there."""
    template = of_the_project()
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = str(PROJECT / resource["Properties"][name])
    return template


def add_step(
    resources: dict[str, Any], workflow: str, step: str, code: str, environment: dict[str, str] | None = None
) -> None:
    """A step's function, made as Counter's is; `code` is its CodeUri."""
    function = resources[logical_id(workflow, step)] = copy.deepcopy(resources["CounterCount"])
    function["Properties"] |= {
        "FunctionName": {"Fn::Sub": f"${{AWS::StackName}}-{workflow}-{step}"},
        "CodeUri": code,
        "Environment": {"Variables": {"STEP": step, **(environment or {})}},
    }


def add_machine(resources: dict[str, Any], workflow: str, steps: Iterable[str], options: str = "") -> None:
    """A workflow's state machine, made as Counter is. It may call the steps of its own workflow."""
    machine = resources[logical_id(workflow)] = copy.deepcopy(resources["Counter"])
    machine["Properties"] |= {
        "Name": {"Fn::Sub": f"${{AWS::StackName}}-{workflow}"},
        "Policies": [
            {"Ref": "WorkflowPolicy"},
            {"LambdaInvokePolicy": {"FunctionName": {"Fn::Sub": f"${{AWS::StackName}}-{workflow}-"}}},
        ],
    }
    machine["Properties"]["DefinitionSubstitutions"] |= {
        "Workflow": workflow,
        "Steps": {"Fn::Sub": ",".join(f"{step}=${{{logical_id(workflow, step)}.Version}}" for step in steps)},
        "Options": options,
    }


def logical_id(*names: str) -> str:
    return "".join(name.title() for name in names).replace("_", "")


def written(template: dict[str, Any], folder: Path) -> Path:
    """The template's file in a folder."""
    path = folder / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    return path
