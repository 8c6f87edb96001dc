"""Reads the files of Export Workflows: JSON whose fields are not documented.

It imports only what is certain: a text that is Python and defines handler is a step.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer.code import look_at
from importer.documents import read_json
from importer.workflow import Kind, Outcome, Remark, Step, Workflow
from sync import names
from sync.errors import Refused

MANIFEST = "manifest.json"


@dataclass
class Export:
    """The workflows that have code; the unrecognised rest of each file; and the names of all files."""

    workflows: list[Workflow] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def root(folder: Path) -> Path | None:
    """The folder with the manifest: the given one, or the only folder in it."""
    if (folder / MANIFEST).is_file():
        return folder
    inner = [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith((".", "__"))]
    if len(inner) != 1 or not (inner[0] / MANIFEST).is_file():
        return None
    return inner[0]


def read(folder: Path) -> Export:
    """Every JSON file below the folder, and the names of all files. Raises Refused."""
    found = Export()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Refused(f"{path.relative_to(folder)} leads out of the imported folder.")
    for path in (path for path in files if path.suffix.lower() == ".json"):
        shown = path.relative_to(folder).as_posix()
        document = read_json(path, shown)
        steps = list(_steps(document))
        if steps and shown != MANIFEST:
            found.workflows.append(_workflow(path, shown, steps))
        found.rest[shown] = _without_code(document)
    found.files = [path.relative_to(folder).as_posix() for path in files]
    return found


def _workflow(path: Path, shown: str, steps: list[Step]) -> Workflow:
    name = names.workflow(re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-") or "workflow")
    order = ", ".join(step.name for step in steps)
    what = (
        f"The code that was recognised as Python, in the order of the file: {order}. The other fields are not "
        "documented: compare names, order, props and settings with the file, which this report contains in full."
    )
    return Workflow(
        name=name, title=path.stem, folder=shown, steps=tuple(steps), remarks=(Remark(Outcome.DECISION, "steps", what),)
    )


def _steps(document: Any) -> Iterator[Step]:
    taken: set[str] = set()
    for number, (name, code) in enumerate(_code(document, ""), start=1):
        while name.lower() in taken or not names.is_step(name):
            name = f"step_{number}"  # noqa: PLW2901  # another name, not another item
            number += 1  # noqa: PLW2901
        taken.add(name.lower())
        yield Step(name=name, kind=Kind.PYTHON, code=code.encode())


def _code(node: Any, namespace: str) -> Iterator[tuple[str, str]]:
    """Each text that is Python, with the namespace of the innermost object around it that has one."""
    if isinstance(node, dict):
        own = node.get("namespace")
        if isinstance(own, str) and own:
            namespace = own
        for value in node.values():
            yield from _code(value, namespace)
    elif isinstance(node, list):
        for value in node:
            yield from _code(value, namespace)
    elif is_code(node):
        yield namespace, node


def is_code(value: Any) -> bool:
    """Whether a value is text that parses as Python and defines handler."""
    if not isinstance(value, str) or "handler" not in value:
        return False
    found = look_at(value.encode())
    return found.has_handler and not found.problem


def _without_code(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_code(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_code(value) for value in node]
    if is_code(node):
        return "(imported as a Python step)"
    return node


def as_text(rest: Any) -> str:
    """The rest of a file as JSON; empty for None."""
    if rest is None:
        return ""
    return json.dumps(rest, indent=2, ensure_ascii=False)


def not_understood(rest: dict[str, Any]) -> tuple[Remark, ...]:
    """A remark on each file from which nothing could be imported."""
    what = "No Python step was recognised in it. The Markdown report contains it in full."
    return tuple(Remark(Outcome.CANNOT_RUN, file, what) for file in rest)
