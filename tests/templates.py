"""The project's template with workflows of tests in it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from sync import names, resources
from sync.workflow import Step, Workflow

PROJECT = Path(__file__).parents[1]


def workflow(
    name: str, steps: Iterable[str], code: str, options: str = "", environment: Mapping[str, str] | None = None
) -> Workflow:
    """A workflow whose steps are files in the folder `code`."""
    made = (Step(step, function=step, description=f"Step {step}.", environment=environment or {}) for step in steps)
    return Workflow(name, tuple(made), options, code_uri=code)


def with_workflows(workflows: Iterable[Workflow], root: Path | None = PROJECT) -> dict[str, Any]:
    """The template, for a file that lies elsewhere: what it refers to is found from `root`, if there is one."""
    template: dict[str, Any] = yaml_parse((PROJECT / "template.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = template["Resources"]
    described = next(text["Fn::Sub"] for text in _properties(found, "VersionDescription"))
    for each in workflows:
        ids = {step: names.logical_id((), each.name, step) for step in ("", *(step.name for step in each.steps))}
        found |= yaml_parse(resources.render(each, ids, described))
    for resource in found.values() if root else ():
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = str(root / resource["Properties"][name])
    return template


def _properties(found: dict[str, Any], name: str) -> Iterable[Any]:
    return (each["Properties"][name] for each in found.values() if name in each.get("Properties", {}))


def written(template: dict[str, Any], folder: Path) -> Path:
    """The template's file in a folder."""
    path = folder / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    return path
