"""A workflow's requirements.txt, and the report's remarks on packages and modules."""

import sys
from collections.abc import Iterator

from importer import packages
from importer.code import Findings
from importer.drafts import Draft, Made
from importer.packages import Packages
from importer.workflow import Outcome, Remark


def add(made: Draft, runs: list[Made], siblings: dict[str, Findings], there: bytes | None) -> None:
    """Adds a requirements.txt. An existing one stays unchanged, and the report asks its owner to check it."""
    texts = [each.decode("utf-8", "replace") for each in (made.workflow.files.get("requirements.txt"), there) if each]
    findings = [*(each.findings for each in runs), *siblings.values()]
    modules = {path.split("/")[0] for path in siblings}
    found = packages.find(findings, modules, "\n".join(texts))
    file = f"functions/{made.workflow.name}/requirements.txt"
    if there is not None:
        made.files["requirements.txt"] = there
        made.remarks += _missing(packages.missing(found, there.decode("utf-8", "replace")), file)
    elif found.lines:
        made.files["requirements.txt"] = ("\n".join(found.lines) + "\n").encode()
    imported = {module.partition(".")[0] for each in findings for module in each.modules}
    made.remarks += _names(made.steps, modules, imported)
    made.remarks += _packages(found, file, written=there is None)


def _missing(lines: list[str], file: str) -> Iterator[Remark]:
    for line in lines:
        what = f"{file} exists and stays unchanged, but does not list this package."
        yield Remark(Outcome.DECISION, "requirements.txt", what, line)


def _names(steps: tuple[str, ...], modules: set[str], imported: set[str]) -> Iterator[Remark]:
    """Remarks on files with the name of an imported module."""
    for module in sorted(modules & set(sys.stdlib_module_names) & imported):
        what = f"Python's own module of this name comes first, so {module}.py can't be imported. Rename it."
        yield Remark(Outcome.DECISION, f"{module}.py", what)
    for step in sorted(set(steps) & imported - set(sys.stdlib_module_names) - modules):
        what = f"Under make local, a step that imports the package {step} gets this step's file: rename the step."
        yield Remark(Outcome.DECISION, step, what)


def _packages(found: Packages, file: str, *, written: bool) -> Iterator[Remark]:
    if found.renamed:
        what = f"Packages whose names differ from their imports: {', '.join(found.renamed)}."
        yield Remark(Outcome.IMPORTED, "requirements.txt", what, f"# check {file}")
    if found.guessed:
        what = f"Assumed to be packages of the same name, as on Pipedream: {', '.join(found.guessed)}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# check {file}")
    if found.brought:
        what = f"Not listed, because the named package probably includes it: {', '.join(found.brought)}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# check {file}")
    for module in found.unknown:
        what = f"It is unknown which package provides {module}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"{module.replace('.', '-')}   # perhaps, in {file}")
    for taken, other in found.conflicts:
        result = f"{taken} is used." if written else "The file stays unchanged."
        what = f"Steps of a workflow share their packages, but ask for both {taken} and {other}. {result}"
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# choose in {file}")
    for module, why in found.unavailable:
        yield Remark(Outcome.CANNOT_RUN, "requirements.txt", f"No package is listed for {module}: {why}.")
    for comment in found.unclear:
        what = f"'# pipedream add-package {comment}' does not name a package."
        yield Remark(Outcome.DECISION, "requirements.txt", what)
    if found.in_lambda:
        what = f"Not listed, because every function has it: {', '.join(found.in_lambda)}."
        yield Remark(Outcome.IMPORTED, "requirements.txt", what)
