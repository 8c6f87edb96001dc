"""Finds out what a path is, and reads the workflows in it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer import archive, export, folder, github_sync
from importer.documents import read_yaml
from importer.props import Accounts
from importer.workflow import Workflow
from sync import names
from sync.errors import Refused

WANTED = "give a GitHub Sync repository, a workflow's folder in it, or an export's ZIP"


@dataclass
class Source:
    """Workflows, the names of the project's accounts, and the unrecognised rest of an export, by its files."""

    workflows: list[Workflow]
    accounts: Accounts = field(default_factory=lambda: Accounts([]))
    rest: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    """All files of an export."""


def read(given: str, wanted: list[str], project: Path) -> Source:
    """The workflows at a path: those that are `wanted`, or all if it is empty. Raises Refused.

    The target project itself is left out: its tests contain Pipedream projects.
    """
    if not given.strip():
        raise Refused(f"PATH is empty; {WANTED}.")
    with _folder(_expanded(given)) as at:
        root = export.root(at)
        source, known = _export(root, wanted) if root else _github_sync(at, given, wanted, project)
    for name in wanted:
        if name not in known:
            raise Refused(f"Workflow {name!r} is not in {given}; it has {', '.join(sorted(known)) or 'none'}.")
    _check_names(source.workflows)
    return source


def _expanded(given: str) -> Path:
    try:
        return Path(given).expanduser()
    except RuntimeError:  # ~name of an unknown user
        return Path(given)


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """The folder to read: the path itself, or the unpacked content of a ZIP, until the block ends."""
    if path.is_dir():
        yield path
    elif not path.is_file():
        raise Refused(f"{path} does not exist; {WANTED}.")
    elif path.suffix.lower() in (".yaml", ".yml", ".json", ".py"):
        raise Refused(f"{path} is a file; {WANTED}.")
    else:
        with tempfile.TemporaryDirectory(prefix="interlude-import-") as unpacked:
            # If the ZIP has the content of one workflow's folder, this is the folder's name.
            at = Path(unpacked, path.stem.strip(".") or "workflow")
            at.mkdir()
            archive.unpack(path, at)
            yield at


def _export(root: Path, wanted: list[str]) -> tuple[Source, list[str]]:
    found = export.read(root)
    chosen = [each for each in found.workflows if not wanted or each.name in wanted]
    return Source(chosen, rest=found.rest, files=found.files), [each.name for each in found.workflows]


def _github_sync(at: Path, given: str, wanted: list[str], project: Path) -> tuple[Source, list[str]]:
    folders = list(folder.workflows(at, project))
    if not folders and at.resolve() == project.resolve():
        raise Refused(f"{given} is the target project itself; {WANTED}.")
    if not folders:
        raise Refused(f"{given} has no workflow: it contains neither a workflow.yaml nor a manifest.json.")
    named = {each: _name(each) for each in folders}
    chosen = [github_sync.read(each, at) for each, name in named.items() if not wanted or name in wanted]
    return Source(chosen, Accounts(_props(folders))), list(named.values())


def _name(at: Path) -> str:
    """The name of the workflow in a folder, or the folder's own name if that is not a valid one."""
    try:
        return names.workflow(at.resolve().name)
    except Refused:
        return at.name


def _props(folders: list[Path]) -> Iterator[Any]:
    """The props of all workflows, even the unwanted ones: the names of accounts must not depend on the selection."""
    for each in folders:
        try:
            document = read_yaml(each / "workflow.yaml", each.name)
        except Refused:
            continue
        match document:
            case {"steps": [*steps]}:
                yield [step.get("props") for step in steps if isinstance(step, dict)]


def _check_names(workflows: list[Workflow]) -> None:
    folders: dict[str, str] = {}
    for each in workflows:
        # On some systems, names that differ only in case are the same folder.
        other = folders.setdefault(each.name.lower(), each.folder)
        if other != each.folder:
            raise Refused(f"{other} and {each.folder} would both be called {each.name!r}: rename one of the folders.")
