"""A workflow's requirements.txt, and what the report says of packages and modules. Called by plan."""

import sys
from collections.abc import Iterator

from importer import packages
from importer.code import Findings
from importer.drafts import Draft, Made
from importer.packages import Packages
from importer.workflow import Outcome, Remark


def add(made: Draft, runs: list[Made], siblings: dict[str, Findings], there: bytes | None) -> None:
    """What is there already stays as it is: the report asks its owner to look at it."""
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
        what = f"{file} is there and stays as it is, but does not name this package."
        yield Remark(Outcome.DECISION, "requirements.txt", what, line)


def _names(steps: tuple[str, ...], modules: set[str], imported: set[str]) -> Iterator[Remark]:
    """Files that are called like what is imported."""
    for module in sorted(modules & set(sys.stdlib_module_names) & imported):
        what = (
            f"It has the name of a module of Python's own, which comes first: nobody can import {module}.py. Rename it."
        )
        yield Remark(Outcome.DECISION, f"{module}.py", what)
    for step in sorted(set(steps) & imported - set(sys.stdlib_module_names) - modules):
        what = f"Under make local its file is found where a step imports the package {step}: rename the step."
        yield Remark(Outcome.DECISION, step, what)


def _packages(found: Packages, file: str, *, written: bool) -> Iterator[Remark]:
    if found.renamed:
        what = f"Packages with other names than their imports: {', '.join(found.renamed)}."
        yield Remark(Outcome.IMPORTED, "requirements.txt", what, f"# check {file}")
    if found.guessed:
        what = f"Taken to be packages of the same name, as Pipedream does: {', '.join(found.guessed)}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# check {file}")
    if found.brought:
        what = f"Not listed, since the package that is named is likely to bring it: {', '.join(found.brought)}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# check {file}")
    for module in found.unknown:
        what = f"Nothing tells which package brings {module}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"{module.replace('.', '-')}   # perhaps, in {file}")
    for taken, other in found.conflicts:
        what = (
            f"Steps of one workflow share their packages: {taken} and {other} are asked for. "
            f"{f'{taken} is taken.' if written else 'The file stays as it is.'}"
        )
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# choose in {file}")
    for module, why in found.unavailable:
        yield Remark(Outcome.CANNOT_RUN, "requirements.txt", f"No package is listed for {module}: {why}.")
    for comment in found.unclear:
        yield Remark(Outcome.DECISION, "requirements.txt", f"'# pipedream add-package {comment}' names no package.")
    if found.in_lambda:
        what = f"Not listed, since every function has it: {', '.join(found.in_lambda)}."
        yield Remark(Outcome.IMPORTED, "requirements.txt", what)
