"""Pipedream projects that tests write themselves, and what an import leaves."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from samtranslator.yaml_helper import yaml_parse

from sync.__main__ import main

ROOT = Path(__file__).parents[2]
PROJECTS = Path(__file__).parent / "projects"

HANDLER = "def handler(pd):\n    return 1\n"


class Result(NamedTuple):
    code: int
    out: str
    err: str


Import = Callable[..., Result]

SAMPLES = ("approval", "callback", "counter", "poll")

_SECTION = re.compile(r"(?<=\n  # ---- Workflows -).*?(?=\n\n  # ---- What all workflows share -)", re.DOTALL)
_SAMPLE = re.compile(rf"^ +(?:CodeUri: functions/|Workflow: )(?:{'|'.join(SAMPLES)})\b", re.MULTILINE)


def template() -> str:
    """The real template with the samples alone: without what the owner of this copy of the project has added."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    [section] = _SECTION.findall(text)
    head, *parts = section.split("\n\n")
    samples = [head, *(part for part in parts if _SAMPLE.search(part))]
    return _SECTION.sub(lambda _: "\n\n".join(samples), text)


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def resources(project: Path) -> dict[str, Any]:
    """What the template has, as SAM reads it."""
    return yaml_parse((project / "template.yaml").read_text(encoding="utf-8"))["Resources"]


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")


def sync(project: Path) -> None:
    """As `make sync` does behind an edit of a workflow.yaml."""
    assert main(["--project", str(project)]) == 0


def words(text: str) -> str:
    return " ".join(text.split())


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"namespace": name, "runtime": "python3.12", "uses": f"./{name}/entry.py", **more}


def write(
    root: Path, *steps: dict[str, Any], name: str = "orders-p_Ab1", code: Mapping[str, str] | None = None, **top: Any
) -> Path:
    """Writes a workflow's folder, with an entry for each step that has one of its own. Returns the folder."""
    folder = root / name
    document = {"schema": "workflow/2022.04", "name": "Orders", "steps": list(steps), **top}
    folder.mkdir(parents=True)
    (folder / "workflow.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    for each in steps:
        uses = str(each.get("uses", ""))
        if uses.startswith("./"):
            entry = folder / uses
            entry.parent.mkdir(parents=True, exist_ok=True)
            entry.write_text((code or {}).get(each["namespace"], HANDLER), encoding="utf-8")
    return folder
