"""The target project of an import: its files and resources of a workflow, and what would change."""

from dataclasses import dataclass, field
from pathlib import Path

from importer.block import MARK
from importer.drafts import Draft
from importer.errors import Refused
from importer.folder import read
from importer.nodes import below, differences, parsed, step_of
from importer.template import Template


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
        if not self.template_path.is_file():
            raise Refused(f"{self.template_path} does not exist; --project must be the folder of an Interlude project.")
        try:
            text = read(self.template_path, str(self.template_path)).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(f"{self.template_path} is not text in UTF-8.") from None
        self.template = Template(text, str(self.template_path))

    def check_unchanged(self) -> None:
        """Raises Refused if the template was changed in the meantime."""
        name = str(self.template_path)
        if read(self.template_path, name) != self.template.text.encode():
            raise Refused(f"{name} was changed during this import, and nothing was written: import again.")

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
        name = draft.workflow.name
        change = Change()
        at = self._folder_of(name)
        for file, content in draft.files.items():
            if there.get(file) != content:
                change.files[at / file] = content
        before = self.template.written(name)
        after = parsed(draft.resources)
        if not there and not before:
            return change
        change.differs = [f"functions/{name}/{path.relative_to(at).as_posix()}" for path in change.files]
        change.differs += [f"template.yaml: {each}" for each in differences(before, after)]
        change.overwritten = [
            f"functions/{name}/{file}" for file in draft.files if at / file in change.files and file in there
        ]
        change.overwritten += [f"template.yaml: {each}" for each in differences(before, after, only_before=True)]
        for resource in before.values():
            change.removed += [path for path in self._gone(resource, draft, at) if path.is_file()]
        gone = {path.relative_to(at).as_posix() for path in change.removed}
        change.kept = sorted(set(there) - set(draft.files) - gone)
        return change

    def _gone(self, resource: object, draft: Draft, at: Path) -> list[Path]:
        """The files of an imported step that the workflow no longer has."""
        step = step_of(resource)
        described = str(below(resource, "Properties", "Description"))
        if step is None or step in draft.steps or not step.isidentifier() or not described.endswith(MARK):
            return []
        names = (f"{step}.py", f"{step}.inputs.json")
        return [at / file for file in names if file not in draft.files]

    def _folder_of(self, workflow: str) -> Path:
        at = self.folder / "functions" / workflow
        if not at.resolve().is_relative_to(self.folder.resolve()):
            raise Refused(f"{at} leads out of the project.")
        return at
