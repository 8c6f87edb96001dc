"""The command `interlude import PATH`: reads and checks everything, then writes all of it or nothing."""

import argparse
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from importer import export, remarks, report, source, writing
from importer.errors import Refused
from importer.plan import Draft, draft
from importer.project import Change, Project
from importer.report import Section
from importer.workflow import Outcome, Remark

REPORT = "import-report.md"
MOST_RESOURCES = 500
"""Of CloudFormation, in one stack."""


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 when nothing was written, and then one sentence says why."""
    given = _parser().parse_args(arguments)
    try:
        _import(given)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="interlude", description="Python workflows on your own AWS account.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("import", help="bring a Pipedream project over")
    command.add_argument("path", help="a GitHub Sync repository, a workflow's folder in it, or an export's ZIP")
    command.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="where template.yaml is")
    command.add_argument("--workflow", nargs="+", action="extend", default=[], metavar="NAME", help="only these")
    command.add_argument("--replace", action="store_true", help="overwrite workflows that are there already")
    command.add_argument("--report", type=Path, metavar="FILE", help=f"the report as Markdown; default: {REPORT}")
    return parser


@dataclass
class _Import:
    """What is to be written, and what is to be said, so far."""

    project: Project
    replace: bool
    files: dict[Path, bytes] = field(default_factory=dict)
    removed: list[Path] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    def add(self, made: Draft, change: Change, appendix: str) -> None:
        """Takes a workflow in, or notes that it is in the way of one that is there."""
        name = made.workflow.name
        if change.differs and not self.replace:
            self.differing.append(f"{name} ({', '.join(change.differs)})")
        result = "unchanged" if made.steps else "not imported"
        if change.files or change.differs:
            result = "replaced" if change.differs else "imported"
        self.results.append(f"{name}: {result}")
        self.files |= change.files
        self.removed += change.removed
        kept = (
            Remark(Outcome.LEFT_OUT, file, "It was there, no import brought it, and it is kept.")
            for file in change.kept
        )
        self.sections.append(Section(name, made.workflow.folder, (*made.remarks, *kept), appendix))


def _import(given: argparse.Namespace) -> None:
    found = source.read(given.path, given.workflow)
    project = Project(given.project)
    to_do, rendered = _Import(project, given.replace), {}
    taken = set(project.template.resources)
    for workflow in found.workflows:
        there, had = project.files_of(workflow.name), set(project.template.of_workflow(workflow.name))
        made = draft(workflow, project.template, found.accounts, there, taken - had)
        taken |= set(made.resources)
        change = project.change(made, there) if made.resources else Change()
        if change.differs or (made.resources and not had):
            rendered[workflow.name] = made.resources
        to_do.add(made, change, export.as_text(found.rest.pop(workflow.folder, None)))
    if to_do.differing:
        raise Refused(
            "Nothing was written, since there is a workflow of this name that differs: "
            f"{'; '.join(to_do.differing)}. --replace overwrites it."
        )
    if found.files:
        rest = export.as_text({**found.rest, "files": found.files})
        to_do.sections.append(Section("The rest of the export", given.path, export.not_understood(found.rest), rest))
    template = project.template.with_workflows(rendered) if rendered else project.template
    if template.text != project.template.text:
        # Last, so that it never names what is not there.
        to_do.files[project.template_path] = template.text.encode()
    if template.made() > MOST_RESOURCES:
        to_do.sections.append(
            Section("All workflows", given.path, (remarks.too_many(template.made(), MOST_RESOURCES),))
        )
    where = given.report or given.project / REPORT
    _write(to_do, where)
    table = report.table(to_do.sections, shutil.get_terminal_size((120, 24)).columns)
    _say("\n".join([table, "", *to_do.results, f"The report is in {where}."]))


def _write(to_do: _Import, where: Path) -> None:
    if where.is_dir() or not where.parent.is_dir():
        raise Refused(f"The report can't be written to {where}; --report takes a file in a folder that is there.")
    # Names of files may be no text.
    text = report.markdown(to_do.sections).encode(errors="replace")
    same = where.is_file() and where.read_bytes() == text
    writing.write({**({} if same else {where: text}), **to_do.files}, to_do.removed)


def _say(text: str) -> None:
    """Prints what any terminal can show, for as long as somebody reads it."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:
        # The interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
