"""Pipedream projects that tests write themselves, and what an import leaves."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
PROJECTS = Path(__file__).parent / "projects"

HANDLER = "def handler(pd):\n    return 1\n"


class Result(NamedTuple):
    code: int
    out: str
    err: str


Import = Callable[..., Result]


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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
