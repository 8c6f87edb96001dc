"""The target project of an import: its files and resources of a workflow, and what would change."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from importer.drafts import Draft
from importer.folder import read
from sync import document, nodes, syncing
from sync.errors import Refused
from sync.syncing import FILE


@dataclass(frozen=True)
class Difference:
    """`where` can be found in the project. `is_loss` is whether something is there that would be lost."""

    where: str
    is_loss: bool


@dataclass
class Change:
    """The changes that bring a draft into the project. Empty if there are none."""

    files: dict[Path, bytes] = field(default_factory=dict)
    removed: list[Path] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Files in the folder that no import has written."""
    differs: list[str] = field(default_factory=list)
    """Files, and dotted keys of the template, that differ from the draft."""
    overwritten: list[str] = field(default_factory=list)
    """Those of them that the project already has."""


class Project:
    """The folder with the template. Raises Refused if it has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template_path = folder / "template.yaml"
        self.template = syncing.read_template(self.template_path)

    def files_of(self, workflow: str) -> dict[str, bytes]:
        """The files in the workflow's folder, by their paths in it."""
        at = self._folder_of(workflow)
        other = next((each.name for each in at.parent.glob("*") if each.name.lower() == workflow.lower()), workflow)
        if other != workflow:
            raise Refused(f"{at} and {at.parent / other} are the same folder on some systems: rename one of them.")
        found = (path for path in sorted(at.rglob("*")) if "__pycache__" not in path.parts)
        return {path.relative_to(at).as_posix(): read(path, str(path)) for path in found if path.is_file()}

    def change(self, draft: Draft, there: dict[str, bytes]) -> Change:
        """The changes that importing the draft would make; `there` is the result of files_of."""
        folder = self._folder_of(draft.workflow.name)
        files = {file: content for file, content in draft.files.items() if there.get(file) != content}
        change = Change(files={folder / file: content for file, content in files.items()})
        if not there and not self.template.of_workflow(draft.workflow.name):
            return change
        differences: list[Difference] = []
        for file in files:
            # Of workflow.yaml the keys are named.
            if file != FILE or FILE not in there:
                path = self._shown(folder / file)
                differences.append(Difference(path, is_loss=file in there))
        differences += self._of_declaration(draft, there)
        differences += self._of_section(draft)
        change.differs = [difference.where for difference in differences]
        change.overwritten = [difference.where for difference in differences if difference.is_loss]
        change.removed = [path for path in self._gone(draft, folder) if path.is_file()]
        gone = {path.relative_to(folder).as_posix() for path in change.removed}
        change.kept = sorted(set(there) - set(draft.files) - gone)
        return change

    def _of_declaration(self, draft: Draft, there: dict[str, bytes]) -> list[Difference]:
        """Where workflow.yaml would be otherwise."""
        if FILE not in there:
            return []
        before = _by_step(there[FILE])
        after = _by_step(draft.files[FILE])
        return _differences(f"functions/{draft.workflow.name}/{FILE}", before, after)

    def _of_section(self, draft: Draft) -> list[Difference]:
        """Where edits by hand in the template would be lost."""
        if draft.declared is None:
            return []
        before = syncing.edits(self.template, draft.declared)
        if not before:
            return []
        after = nodes.plain(YAML().load(self.template.body(draft.declared)))
        # Comments and quotes say nothing.
        section = Difference(f"template.yaml: the section of {draft.workflow.name}", is_loss=True)
        return _differences("template.yaml", before, after) or [section]

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _gone(self, draft: Draft, at: Path) -> Iterator[Path]:
        """The files of steps that an import has brought and that the workflow no longer has."""
        for step in sorted(draft.imported_steps - set(draft.steps)):
            yield from (at / file for file in (f"{step}.py", f"{step}.inputs.json") if file not in draft.files)

    def _folder_of(self, workflow: str) -> Path:
        at = self.folder / "functions" / workflow
        if not at.resolve().is_relative_to(self.folder.resolve()):
            raise Refused(f"{at} leads out of the project.")
        return at


def _by_step(content: bytes) -> dict[str, Any]:
    """What a workflow.yaml says, with its steps by their names."""
    root: dict[str, Any] = nodes.plain(document.load(document.decode(content, FILE), FILE))
    steps = {}
    for step in root.get("steps") or ():
        name = step if isinstance(step, str) else step["namespace"]
        steps[name] = step
    return {**root, "steps": steps}


def _differences(file: str, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    only_before = nodes.differences(before, after, only_before=True)
    return [Difference(f"{file}: {key}", is_loss=key in only_before) for key in nodes.differences(before, after)]
