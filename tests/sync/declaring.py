"""A project whose workflow.yaml files a test writes itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8").partition("  # ---- What all workflows share")[0]
"""As far as the workflows go, and what they need of the rest: it is parsed often."""
HANDLER = "def handler(pd):\n    return 1\n"


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder, self.template = folder, folder / "template.yaml"

    @property
    def text(self) -> str:
        return self.template.read_bytes().decode()

    def resources(self) -> dict[str, Any]:
        """What the template has, as SAM reads it."""
        found: dict[str, Any] = yaml_parse(self.text)["Resources"]
        return found

    def declare(self, text: str, *steps: str, workflow: str = "orders") -> Path:
        """Writes a workflow.yaml, with a file for each step. Returns its path."""
        folder = self.folder / "functions" / workflow
        folder.mkdir(parents=True, exist_ok=True)
        for step in steps:
            (folder / f"{step}.py").write_text(HANDLER, encoding="utf-8")
        path = folder / "workflow.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, before: str, after: str) -> None:
        """Changes the template by hand."""
        assert self.text.count(before) == 1
        self.template.write_bytes(self.text.replace(before, after).encode())


Sync = Callable[..., Result]
