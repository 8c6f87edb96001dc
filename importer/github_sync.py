"""Reads a GitHub Sync repository: `<slug>-p_<id>/workflow.yaml` and `<step>/entry.py`."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from importer import folder
from importer.documents import read_yaml
from importer.workflow import Json, Kind, Outcome, Remark, Step, Workflow
from sync import names
from sync.errors import Refused

SCHEMA = "workflow/2022.04"
KNOWN = {"schema", "name", "inactive", "settings", "triggers", "steps"}
# The last one is for Pipedream's editor: which props to show.
KNOWN_OF_A_STEP = {"namespace", "runtime", "uses", "props", "disabled", "notes", "_props_cursor"}
DECLARATIONS = "__configurableProps"
"""A key among the props that declares their types."""
KNOWN_SETTINGS = {"error_notification", "lambda_timeout", "lambda_memory"}
LONGEST_S = 900
MOST_MB = 10_240


def read(at: Path, root: Path) -> Workflow:
    """The workflow in a folder. `root` is the path that the user gave. Raises Refused."""
    shown = at.resolve().name if at == root else at.relative_to(root).as_posix()
    return _Reader(at, shown).workflow()


class _Reader:
    """One workflow.yaml and the files beside it. Collects the `remarks` for the report."""

    def __init__(self, at: Path, shown: str) -> None:
        self.at = at.resolve()
        self.shown = shown
        self.file = f"{shown}/workflow.yaml"
        self.remarks: list[Remark] = []
        self.step_folders: set[Path] = set()
        self.entries: set[Path] = set()

    def workflow(self) -> Workflow:
        name = names.workflow(self.at.name)
        document = self._object(
            read_yaml(folder.inside(self.at, "workflow.yaml", self.shown), self.file), "the document"
        )
        if document.get("schema") != SCHEMA:
            raise Refused(f"{self.file} has the schema {document.get('schema')!r}; only {SCHEMA!r} is supported.")
        self._unknown(document, KNOWN, "workflow.yaml")
        if not self.at.name.startswith(name):
            self._remark(Outcome.IMPORTED, "name", f"Shortened to {name}: function names have at most 64 characters.")
        steps = tuple(self._steps(document.get("steps")))
        settings = self._object(document.get("settings") or {}, "settings")
        self._unknown(settings, KNOWN_SETTINGS, "settings")
        own = self._files({step.name for step in steps})
        return Workflow(
            name=name,
            title=str(document.get("name") or name),
            folder=self.shown,
            steps=steps,
            triggers=tuple(self._triggers(document.get("triggers"))),
            inactive=self._switch(document, "inactive"),
            quiet=not self._switch(settings, "error_notification", default=True),
            timeout=self._number(settings, "lambda_timeout", LONGEST_S, 1),
            memory=self._number(settings, "lambda_memory", MOST_MB, 128),
            files=own,
            remarks=tuple(self.remarks),
        )

    def _steps(self, given: Any) -> Iterator[Step]:
        seen: dict[str, str] = {}
        for item in self._list(given, "steps"):
            step = self._object(item, "a step")
            name = names.check_step(step.get("namespace"), self.file)
            other = seen.get(name.lower())
            if other == name:
                raise Refused(f"{self.file}: two steps are called {name!r}.")
            if other:
                raise Refused(f"{self.file}: {other!r} and {name!r} are the same file on some systems: rename a step.")
            seen[name.lower()] = name
            yield self._step(name, step)

    def _step(self, name: str, step: Json) -> Step:
        uses = step.get("uses") or ""
        runtime = str(step.get("runtime") or "")
        if not isinstance(uses, str):
            raise Refused(f"{self.file}: step {name!r} uses {uses!r}, but it must be text.")
        self._unknown(step, KNOWN_OF_A_STEP, f"step {name}")
        disabled = self._switch(step, "disabled")
        kind = Kind.ACTION
        code = b""
        if uses.startswith(("./", "../", "/", "~")) or re.fullmatch(r"[^@]*\.(py|js|mjs|ts|sh|go)", uses):
            kind = Kind.PYTHON if uses.endswith(".py") else Kind.OTHER
            path = folder.inside(self.at, uses, f"{self.file}: step {name!r}")
            self.entries.add(entry := Path(os.path.normpath(path)))
            if entry.parent != Path(os.path.normpath(self.at)):
                self.step_folders.add(entry.parent)
            if not path.is_file() and not disabled:
                raise Refused(f"{self.file}: step {name!r} uses {uses!r}, but that file does not exist.")
            if path.is_file() and kind is Kind.PYTHON:
                code = folder.read(path, f"{self.shown}/{uses.removeprefix('./')}")
        props = self._object(step.get("props") or {}, f"props of step {name!r}")
        return Step(
            name=name,
            kind=kind,
            uses=uses,
            runtime=runtime,
            code=code,
            props={prop: value for prop, value in props.items() if prop != DECLARATIONS},
            disabled=disabled,
            notes=str(step.get("notes") or ""),
        )

    def _files(self, steps: set[str]) -> dict[str, bytes]:
        """The files beside the steps. Raises Refused for a file that would hide a step or a package."""
        own = folder.files(self.at, self.step_folders, self.shown)
        for path in list(own):
            used = self.at / path in self.entries
            if not used and Path(path).name in folder.ENTRIES:
                self._remark(Outcome.LEFT_OUT, path, "No step in workflow.yaml uses this file.")
            if used or Path(path).name in folder.ENTRIES:
                del own[path]
        of_steps = {file.lower() for step in steps for file in (f"{step}.py", f"{step}.inputs.json")}
        for path in own:
            if path.lower() in of_steps:
                raise Refused(f"{self.shown}/{path} has the name of the file of a step: rename one of them.")
            if Path(path).parts[0].removesuffix(".py") in names.HIDING:
                raise Refused(f"{self.shown}/{path} would hide a package that every step needs: rename it.")
        for at in sorted(self.step_folders):
            if at.is_dir():
                self._beside_entry(at, own, steps)
        return own

    def _beside_entry(self, at: Path, own: dict[str, bytes], steps: set[str]) -> None:
        """Adds the files of a step's folder. Here, all steps of a workflow share one folder."""
        taken = {step.lower() for step in steps}
        for path, content in folder.files(at, self.step_folders - {at}, f"{self.shown}/{at.name}", self.at).items():
            if path in folder.ENTRIES or at / path in self.entries:
                continue
            if own.get(path, content) != content or path.lower().removesuffix(".py") in taken:
                what = "Not copied: the steps of a workflow share one folder, where this name is taken."
                self._remark(Outcome.DECISION, f"{at.name}/{path}", what)
            else:
                own[path] = content

    def _triggers(self, given: Any) -> Iterator[str]:
        for item in self._list(given, "triggers"):
            trigger = self._object(item, "a trigger")
            self._unknown(trigger, {"id"}, "triggers")
            yield str(trigger.get("id") or "")

    def _number(self, settings: Json, key: str, most: int, least: int) -> int | None:
        given = settings.get(key)
        if given is None:
            return None
        try:
            number = int(str(given))
        except ValueError:
            raise Refused(f"{self.file} has {key}: {given!r}, but it must be a whole number.") from None
        fitting = min(max(number, least), most)
        if fitting != number:
            self._remark(
                Outcome.DECISION,
                f"settings.{key}",
                f"It is {number}; Lambda allows {least} to {most}, so it is now {fitting}.",
            )
        return fitting

    def _switch(self, given: Json, key: str, *, default: bool = False) -> bool:
        value = given.get(key)
        if value not in (None, True, False):
            raise Refused(f"{self.file} has {key}: {value!r}, but it must be true or false.")
        if value is None:
            return default
        return bool(value)

    def _unknown(self, given: Json, known: set[str], where: str) -> None:
        for key in sorted(set(given) - known):
            shown = str(given[key])
            if len(shown) > 200:
                shown = f"{shown[:200]}…"
            self._remark(Outcome.DECISION, where, f"The key {key} is unknown and was not imported: {shown}")

    def _object(self, value: Any, what: str) -> Json:
        if not isinstance(value, dict):
            raise Refused(f"{self.file}: {what} is {str(value)[:60]!r}, but it must be an object.")
        return value

    def _list(self, value: Any, what: str) -> list[Any]:
        if value is not None and not isinstance(value, list):
            raise Refused(f"{self.file}: {what} is {str(value)[:60]!r}, but it must be a list.")
        return value or []

    def _remark(self, outcome: Outcome, where: str, what: str, write: str = "") -> None:
        self.remarks.append(Remark(outcome, where, what, write))
