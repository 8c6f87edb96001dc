"""Finds out what a path is, and reads the workflows in it. Called by command; calls sync, export and archive."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer import archive, export, folder, names, sync
from importer.documents import read_yaml
from importer.errors import Refused
from importer.props import Accounts
from importer.workflow import Workflow

WANTED = "give a GitHub Sync repository, a workflow's folder in it, or an export's ZIP"


@dataclass
class Source:
    """Workflows, what the project's accounts are called, and what of an export was not understood, by its files."""

    workflows: list[Workflow]
    accounts: Accounts = field(default_factory=lambda: Accounts([]))
    rest: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    """All of an export's, whatever they are."""


def read(given: str, wanted: list[str], project: Path) -> Source:
    """What is at a path; of its workflows those that are wanted, or all if none is named. Raises Refused.

    The project that is imported into is no part of it: it has Pipedream projects of its own, for its tests.
    """
    if not given.strip():
        raise Refused(f"PATH is empty; {WANTED}.")
    with _folder(_expanded(given)) as at:
        root = export.root(at)
        source, known = _export(root, wanted) if root else _sync(at, given, wanted, project)
    for name in wanted:
        if name not in known:
            raise Refused(f"There is no workflow {name!r} in {given}; it has {', '.join(sorted(known)) or 'none'}.")
    _check_names(source.workflows)
    return source


def _expanded(given: str) -> Path:
    try:
        return Path(given).expanduser()
    except RuntimeError:  # nobody's home
        return Path(given)


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """The folder to read: the path itself, or what a ZIP holds for as long as the block lasts."""
    if path.is_dir():
        yield path
    elif not path.is_file():
        raise Refused(f"There is no {path}; {WANTED}.")
    elif path.suffix.lower() in (".yaml", ".yml", ".json", ".py"):
        raise Refused(f"{path} is a file; {WANTED}.")
    else:
        with tempfile.TemporaryDirectory(prefix="interlude-import-") as unpacked:
            # As the folder of a workflow would be called, if the ZIP holds what is in one.
            at = Path(unpacked, path.stem.strip(".") or "workflow")
            at.mkdir()
            archive.unpack(path, at)
            yield at


def _export(root: Path, wanted: list[str]) -> tuple[Source, list[str]]:
    found = export.read(root)
    chosen = [each for each in found.workflows if not wanted or each.name in wanted]
    return Source(chosen, rest=found.rest, files=found.files), [each.name for each in found.workflows]


def _sync(at: Path, given: str, wanted: list[str], project: Path) -> tuple[Source, list[str]]:
    folders = list(folder.workflows(at, project))
    if not folders and at.resolve() == project.resolve():
        raise Refused(f"{given} is the project that is imported into; {WANTED}.")
    if not folders:
        raise Refused(f"{given} has no workflow: neither a workflow.yaml in it or below it, nor a manifest.json.")
    named = {each: _name(each) for each in folders}
    chosen = [sync.read(each, at) for each, name in named.items() if not wanted or name in wanted]
    return Source(chosen, Accounts(_props(folders))), list(named.values())


def _name(at: Path) -> str:
    """A folder's workflow, or the folder's own name where that can't be one."""
    try:
        return names.workflow(at.resolve().name)
    except Refused:
        return at.name


def _props(folders: list[Path]) -> Iterator[Any]:
    """The props of all workflows, also of those that are not wanted: an account's name is to stay the same."""
    for each in folders:
        try:
            document = read_yaml(each / "workflow.yaml", each.name)
        except Refused:
            continue
        steps = document.get("steps") if isinstance(document, dict) else None
        yield [step.get("props") for step in steps if isinstance(step, dict)] if isinstance(steps, list) else None


def _check_names(workflows: list[Workflow]) -> None:
    folders: dict[str, str] = {}
    for each in workflows:
        # On some systems, names that differ in their case only are the same folder.
        other = folders.setdefault(each.name.lower(), each.folder)
        if other != each.folder:
            raise Refused(f"{other} and {each.folder} would both be called {each.name!r}: rename one of the folders.")
