"""A stack that is deployed again and again while its runs go on: each version of a step has processes of its own.

A deployment has folders of its own, with its code and its layer in them, as each version of a function has on AWS.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local import moto_differences
from local.deploy import update
from local.event_loop import EventLoop
from local.invocations import Answer
from local.lambdas import Functions
from local.server import Running, running
from local.stack import Stack
from local.template import load
from local.workers import Surroundings
from sync import nodes
from sync.names import RESERVED, logical_id
from sync.workflow import Workflow
from tests import templates

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
SAMPLES = ("approval", "callback", "counter", "poll")


@dataclass(frozen=True)
class Deployment:
    """What is deployed: the code of each step by workflow and step, and what differs from the project."""

    code: dict[str, dict[str, str]]
    steps: dict[str, list[str]] = field(default_factory=dict)
    """Those that a run consists of, where they are not all that there is code of."""
    platform_version: str = "1"
    """The layer's own version, which `pd.context` tells."""
    turns_per_execution: int = 200
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    """Of all functions."""
    resources: dict[str, Any] = field(default_factory=dict)
    """Others, at the end of the template."""


class Deployments:
    def __init__(self, folder: Path, started: Running, said: list[str]) -> None:
        self._folder, self._running, self._said = folder, started, said
        self.versions: dict[tuple[str, str], Functions] = {}
        self._newest: Functions | None = None
        self._every: list[Functions] = []
        self._number = 1
        self._loop = EventLoop()
        self.url = started.url
        self.aws_endpoint = started.aws_endpoint
        self.stack = started.stack
        self._add(started.stack)
        moto_differences.run_functions_with(self._invoke)

    def deploy(self, deployment: Deployment) -> None:
        """Updates the stack."""
        self._number += 1
        template = write(self._folder / str(self._number), deployment)
        translated = load(template, deployment.parameters, REGION)
        self.stack = update(translated, self.url, region=REGION)
        self._add(self.stack)

    def _add(self, stack: Stack) -> None:
        self._newest = Functions(stack, Surroundings(REGION, self.aws_endpoint, self._said.append), self._loop)
        self._every.append(self._newest)
        for function in stack.functions.values():
            # A version that was there before keeps its folders and its environment.
            self.versions.setdefault((function.name, function.version), self._newest)

    def _invoke(self, name: str, qualifier: str | None, payload: bytes) -> Answer:
        functions = self.versions[name, qualifier] if qualifier else self._newest
        assert functions
        return functions.invoke(name, qualifier, payload)

    def close(self) -> None:
        for functions in self._every:
            functions.close()
        self._loop.close()


@contextmanager
def deployed(folder: Path, first: Deployment) -> Iterator[Deployments]:
    said: list[str] = []
    with running(write(folder / "1", first), first.parameters, say=said.append) as started:
        deployments = Deployments(folder, started, said)
        try:
            yield deployments
        finally:
            deployments.close()


def write(folder: Path, deployment: Deployment) -> Path:
    """The project's template with other workflows, beside copies of all that it refers to."""
    shutil.copytree(ROOT / "layers", folder / "layers", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "statemachine", folder / "statemachine")
    for name in RESERVED:
        shutil.copytree(ROOT / "functions" / name, folder / "functions" / name)
    layer = folder / "layers" / "interlude" / "interlude"
    _replace(layer / "__init__.py", '__version__ = "', f'__version__ = "{deployment.platform_version} of ')
    turns = "TURNS_PER_EXECUTION = "
    _replace(layer / "turns" / "turn.py", turns, f"{turns}{deployment.turns_per_execution} or ")
    workflows = []
    for workflow, steps in deployment.code.items():
        code = folder / "functions" / workflow
        code.mkdir()
        for step, text in steps.items():
            (code / f"{step}.py").write_text(text, encoding="utf-8")
        workflows.append(_workflow(workflow, list(steps), deployment.steps.get(workflow, list(steps))))
    template = templates.with_workflows(workflows, root=None)
    resources = template["Resources"]
    for name in [name for name, each in resources.items() if nodes.workflow_of(each) in SAMPLES]:
        del resources[name]
    for name in [each.name for each in workflows if all(step.is_disabled for step in each.steps)]:
        del resources[logical_id((), name)]
    template["Globals"]["Function"]["Tags"] = deployment.tags
    resources |= deployment.resources
    return templates.written(template, folder)


def _workflow(name: str, steps: list[str], named: list[str]) -> Workflow:
    """With the steps in the order in which they are named; those that are not have their functions still."""
    made = templates.workflow(name, [*named, *(step for step in steps if step not in named)], f"functions/{name}/")
    return replace(made, steps=tuple(replace(step, is_disabled=step.name not in named) for step in made.steps))


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
