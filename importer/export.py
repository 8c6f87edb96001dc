"""Reads what Export Workflows gives: JSON files whose fields are published nowhere. Called by source.

Only what can be told without guessing is taken: a text that is Python and defines handler is a step.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer import names
from importer.code import look_at
from importer.documents import read_json
from importer.errors import Refused
from importer.workflow import Kind, Outcome, Remark, Step, Workflow

MANIFEST = "manifest.json"


@dataclass
class Export:
    """The workflows in which there is code, all that was not understood, by the file that it is in, and all files."""

    workflows: list[Workflow] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def root(folder: Path) -> Path | None:
    """Where the manifest is: in the folder, or in the one folder that it consists of."""
    if (folder / MANIFEST).is_file():
        return folder
    inner = [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith((".", "__"))]
    return inner[0] if len(inner) == 1 and (inner[0] / MANIFEST).is_file() else None


def read(folder: Path) -> Export:
    """Every JSON file below the folder, and the names of all files. Raises Refused."""
    found = Export()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Refused(f"{path.relative_to(folder)} leads out of the folder that is imported.")
    for path in (path for path in files if path.suffix.lower() == ".json"):
        shown = path.relative_to(folder).as_posix()
        document = read_json(path, shown)
        steps = list(_steps(document)) if shown != MANIFEST else []
        if steps:
            found.workflows.append(_workflow(path, shown, steps))
        found.rest[shown] = _without_code(document)
    found.files = [path.relative_to(folder).as_posix() for path in files]
    return found


def _workflow(path: Path, shown: str, steps: list[Step]) -> Workflow:
    name = names.workflow(re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-") or "workflow")
    order = ", ".join(step.name for step in steps)
    what = (
        f"The code that could be recognised as Python, in the order of the file: {order}. What other fields mean is "
        "published nowhere: compare names, order, props and settings with the file, which this report holds in full."
    )
    return Workflow(
        name=name, title=path.stem, folder=shown, steps=tuple(steps), remarks=(Remark(Outcome.DECISION, "steps", what),)
    )


def _steps(document: Any) -> Iterator[Step]:
    taken: set[str] = set()
    for number, (name, code) in enumerate(_code(document, ""), start=1):
        while name.lower() in taken or not names.is_step(name):
            name, number = f"step_{number}", number + 1  # noqa: PLW2901  # another name, not another item
        taken.add(name.lower())
        yield Step(name=name, kind=Kind.PYTHON, code=code.encode())


def _code(node: Any, namespace: str) -> Iterator[tuple[str, str]]:
    """Each text that is Python, with the namespace of the innermost object around it that has one."""
    if isinstance(node, dict):
        own = node.get("namespace")
        namespace = own if isinstance(own, str) and own else namespace
        for value in node.values():
            yield from _code(value, namespace)
    elif isinstance(node, list):
        for value in node:
            yield from _code(value, namespace)
    elif is_code(node):
        yield namespace, node


def is_code(value: Any) -> bool:
    """Whether it is a text that parses as Python and defines handler."""
    if not isinstance(value, str) or "handler" not in value:
        return False
    found = look_at(value.encode())
    return found.has_handler and not found.problem


def _without_code(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_code(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_code(value) for value in node]
    return "(taken as a Python step)" if is_code(node) else node


def as_text(rest: Any) -> str:
    """What is left of a file, as JSON; nothing for None."""
    return "" if rest is None else json.dumps(rest, indent=2, ensure_ascii=False)


def not_understood(rest: dict[str, Any]) -> tuple[Remark, ...]:
    """A remark on each file in which there is nothing that can be imported."""
    what = "Nothing in it is certain to be a Python step. The Markdown report holds it in full."
    return tuple(Remark(Outcome.CANNOT_RUN, file, what) for file in rest)
