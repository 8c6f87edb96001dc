"""An import: reads and checks everything, then writes all of it or nothing."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from importer import export, remarks, report, source
from importer.credentials import Credentials
from importer.drafts import Draft
from importer.plan import draft
from importer.project import Change, Project
from importer.report import Section
from importer.workflow import Outcome, Remark
from sync import reading, syncing, writing
from sync.errors import Refused

REPORT = "import-report.md"
MOST_RESOURCES = 500
"""CloudFormation's limit for a stack."""


def run(path: str, folder: Path, workflows: list[str], where: Path | None, *, replace: bool) -> None:
    """Imports from a path into the project in a folder. Raises Refused before anything is written."""
    found = source.read(path, workflows, folder)
    with writing.alone(folder):
        to_do = _Import(Project(folder), replace)
        to_do.take_in(found, path)
        to_do.write(where or folder / REPORT)
    table = report.table(to_do.sections, shutil.get_terminal_size((120, 24)).columns)
    report.say("\n".join([table, "", *to_do.results, f"The report is in {where or folder / REPORT}."]))


@dataclass
class _Import:
    """Collects the files to write, and the sections of the report."""

    project: Project
    replace: bool
    files: dict[Path, bytes] = field(default_factory=dict)
    removed: list[Path] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    def take_in(self, found: source.Source, path: str) -> None:
        template = self.project.template
        credentials = Credentials()
        variables = {*template.variables, *reading.VARIABLES}
        declared = []
        for workflow in found.workflows:
            there = self.project.files_of(workflow.name)
            made = draft(workflow, found.accounts, credentials, there=there, variables=variables)
            change = Change()
            if made.declared:
                declared.append(made.declared)
                change = self.project.change(made, there)
            self._add(made, change, export.as_text(found.rest.pop(workflow.folder, None)))
        if self.differing:
            raise Refused(
                f"Nothing was written: these workflows already exist and differ: {'; '.join(self.differing)}. "
                "--replace overwrites them."
            )
        if found.files:
            rest = export.as_text({**found.rest, "files": found.files})
            self._tell("The rest of the export", path, export.not_understood(found.rest), rest)
        self._tell("Secrets", path, tuple(credentials.remarks()))
        # What is written by hand in a section counts as a difference above, and goes with --replace only.
        template = syncing.put(template, declared).after
        if template.text != self.project.template.text:
            # Last: the template must never refer to a missing file.
            self.files[self.project.template_path] = template.text.encode()
        if template.count() > MOST_RESOURCES:
            self._tell("All workflows", path, (remarks.too_many(template.count(), MOST_RESOURCES),))

    def _add(self, made: Draft, change: Change, appendix: str) -> None:
        """Adds a workflow, or notes that it differs from an existing one."""
        name = made.workflow.name
        if change.differs and not self.replace:
            self.differing.append(f"{name} ({', '.join(change.differs)})")
        result = "unchanged" if made.steps else "not imported"
        if change.files:
            result = "imported"
        if change.differs:
            result = "replaced"
        self.results.append(f"{name}: {result}")
        self.files |= change.files
        self.removed += change.removed
        kept = (
            Remark(Outcome.LEFT_OUT, file, "Kept: it existed already, and does not come from an import.")
            for file in change.kept
        )
        gone = map(remarks.removed, (path.name for path in change.removed))
        replaced = map(remarks.overwritten, change.overwritten)
        self._tell(name, made.workflow.folder, (*made.remarks, *kept, *replaced, *gone), appendix)

    def _tell(self, what: str, where: str, found: tuple[Remark, ...], appendix: str = "") -> None:
        if found or appendix:
            self.sections.append(Section(what, where, found, appendix))

    def write(self, where: Path) -> None:
        # The report would replace a device or a pipe, or wait for its reader.
        if where.is_symlink() or (where.exists() and not where.is_file()) or not where.parent.is_dir():
            raise Refused(
                f"The report can't be written to {where}; --report must be a regular file in an existing folder."
            )
        # Names of files may be bytes that are not text.
        text = report.markdown(self.sections).encode(errors="replace")
        files = {}
        if not where.is_file() or where.read_bytes() != text:
            files[where] = text
        writing.check_unchanged(self.project.template_path, self.project.template.text)
        writing.write(files | self.files, self.removed)
