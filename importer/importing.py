"""An import: reads and checks everything, then writes all of it or nothing. Called by command."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from importer import export, remarks, report, source, writing
from importer.credentials import Credentials
from importer.drafts import Draft
from importer.errors import Refused
from importer.plan import draft
from importer.project import Change, Project
from importer.report import Section
from importer.workflow import Outcome, Remark

REPORT = "import-report.md"
MOST_RESOURCES = 500
"""Of CloudFormation, in one stack."""


def run(path: str, folder: Path, workflows: list[str], where: Path | None, *, replace: bool) -> None:
    """Imports what is at a path into the project in a folder. Raises Refused, and has then written nothing."""
    found = source.read(path, workflows, folder)
    with writing.alone(folder):
        to_do = _Import(Project(folder), replace)
        to_do.take_in(found, path)
        to_do.write(where or folder / REPORT)
    table = report.table(to_do.sections, shutil.get_terminal_size((120, 24)).columns)
    report.say("\n".join([table, "", *to_do.results, f"The report is in {where or folder / REPORT}."]))


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

    def take_in(self, found: source.Source, path: str) -> None:
        template, credentials, rendered = self.project.template, Credentials(), {}
        taken = set(template.resources)
        for workflow in found.workflows:
            there, had = self.project.files_of(workflow.name), set(template.of_workflow(workflow.name))
            made = draft(workflow, template, found.accounts, credentials, there=there, taken=taken - had)
            taken |= set(made.resources)
            change = self.project.change(made, there) if made.resources else Change()
            if change.differs or (made.resources and not had):
                rendered[workflow.name] = made.resources
            self._add(made, change, export.as_text(found.rest.pop(workflow.folder, None)))
        if self.differing:
            raise Refused(
                "Nothing was written, since there is a workflow of this name that differs: "
                f"{'; '.join(self.differing)}. --replace overwrites it."
            )
        if found.files:
            rest = export.as_text({**found.rest, "files": found.files})
            self._tell("The rest of the export", path, export.not_understood(found.rest), rest)
        self._tell("Secrets", path, tuple(credentials.remarks()))
        if rendered:
            template = template.with_workflows(rendered)
        if template.text != self.project.template.text:
            # Last, so that it never names what is not there.
            self.files[self.project.template_path] = template.text.encode()
        if template.made() > MOST_RESOURCES:
            self._tell("All workflows", path, (remarks.too_many(template.made(), MOST_RESOURCES),))

    def _add(self, made: Draft, change: Change, appendix: str) -> None:
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
        gone = map(remarks.removed, (path.name for path in change.removed))
        replaced = map(remarks.overwritten, change.overwritten)
        self._tell(name, made.workflow.folder, (*made.remarks, *kept, *replaced, *gone), appendix)

    def _tell(self, what: str, where: str, told: tuple[Remark, ...], appendix: str = "") -> None:
        if told or appendix:
            self.sections.append(Section(what, where, told, appendix))

    def write(self, where: Path) -> None:
        # A device or a pipe, too: the report would take its place, or wait for a reader.
        if where.is_symlink() or (where.exists() and not where.is_file()) or not where.parent.is_dir():
            raise Refused(
                f"The report can't be written to {where}; --report takes a file in a folder that is there, no device."
            )
        # Names of files may be no text.
        text = report.markdown(self.sections).encode(errors="replace")
        same = where.is_file() and where.read_bytes() == text
        self.project.check_unchanged()
        writing.write({**({} if same else {where: text}), **self.files}, self.removed)
