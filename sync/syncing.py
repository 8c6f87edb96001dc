"""Brings the sections of template.yaml in line with the workflow.yaml files."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync import document, reading, writing
from sync.errors import Refused
from sync.template import Template
from sync.workflow import Workflow

FILE = "workflow.yaml"


@dataclass(frozen=True)
class Result:
    """The template as it is and as it is to be, and the workflows whose sections differ."""

    before: Template
    after: Template
    workflows: tuple[str, ...]


def sync(project: Path, *, force: bool = False) -> Result:
    """Writes the template of a project if it differs. Raises Refused, and has then written nothing."""
    with writing.alone(project):
        result = compare(project, force=force)
        if result.before.text != result.after.text:
            path = project / "template.yaml"
            writing.check_unchanged(path, result.before.text)
            writing.write({path: result.after.text.encode()}, [])
        return result


def compare(project: Path, *, force: bool = False) -> Result:
    """What sync would do. With `force` it discards edits by hand. Raises Refused."""
    files = sorted(project.glob(f"functions/*/{FILE}"))
    workflows = [_read(file) for file in files]
    template = read_template(project / "template.yaml")
    orphans = set(template.sections) - {workflow.name for workflow in workflows}
    if not force:
        _check_orphans(template, orphans)
        for workflow in workflows:
            _check_edits(template, workflow)
    return put(template, workflows, orphans)


def put(template: Template, workflows: Collection[Workflow], orphans: Collection[str] = ()) -> Result:
    """The template with a section for each of the workflows and without those of the orphans."""
    bodies = dict.fromkeys(orphans, "")
    obsolete: list[str] = []
    reserved: set[str] = set()
    for workflow in workflows:
        body = template.body(workflow, reserved)
        reserved.update(template.logical_ids(workflow, reserved).values())
        outside = template.outside(workflow)
        section = template.sections.get(workflow.name)
        if outside or section is None or section.body != body or section.is_edited:
            bodies[workflow.name] = body
            obsolete.extend(outside)
    if not bodies:
        return Result(template, template, ())
    return Result(template, template.with_sections(bodies, obsolete), tuple(bodies))


def read_template(path: Path) -> Template:
    """Raises Refused."""
    if not path.is_file():
        raise Refused(f"{path} does not exist; --project must be the folder of an Interlude project.")
    try:
        # A mark of its encoding stays where it is.
        text = path.read_bytes().decode()
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not text in UTF-8.") from None
    return Template(text, str(path))


def edits(template: Template, workflow: Workflow) -> dict[str, Any]:
    """The workflow's resources, if some of them are written by hand, inside of its section or outside; else nothing.

    An edit that has made a section what the file declares is no loss.
    """
    outside = template.outside(workflow)
    section = template.sections.get(workflow.name)
    is_lost = section is not None and section.is_edited and section.body != template.body(workflow)
    if outside or is_lost:
        return template.of_section(workflow.name) | outside
    return {}


def sentences(result: Result) -> Iterator[str]:
    """What differs, for `--check`."""
    for workflow in result.workflows:
        name = result.before.name
        file = f"functions/{workflow}/{FILE}"
        section = result.before.sections.get(workflow)
        if section:
            line = section.begin + 1
            yield f"{name}, line {line}: The section of {workflow} is not what {file} declares; run make sync."
        else:
            yield f"{name}: The section of {workflow} is missing, but {file} declares it; run make sync."


def _read(file: Path) -> Workflow:
    workflow = reading.parse(document.text_of(file), str(file), file.parent.name)
    for step in workflow.steps:
        code = file.with_name(f"{step.name}.py")
        if not code.is_file():
            raise Refused(f"{file}, line {step.line}: The step {step.name} has no file; it must be {code}.")
    return workflow


def _check_orphans(template: Template, orphans: Collection[str]) -> None:
    for workflow in sorted(orphans):
        line = template.sections[workflow].begin + 1
        raise Refused(
            f"{template.name}, line {line}: The section of {workflow} has no functions/{workflow}/{FILE} any more; "
            "--force removes the section."
        )


def _check_edits(template: Template, workflow: Workflow) -> None:
    if not edits(template, workflow):
        return
    file = f"functions/{workflow.name}/{FILE}"
    for name in template.outside(workflow):
        raise Refused(
            f"{template.name}, line {template.line_of(name)}: {name} belongs to the workflow {workflow.name} and is "
            f"written by hand, but {file} declares the same; remove one of them, or --force puts the section in the "
            "place of what is written by hand."
        )
    section = template.sections[workflow.name]
    line = section.begin + 2 + _first_difference(section.body, template.body(workflow))
    raise Refused(
        f"{template.name}, line {line}: The section of {workflow.name} was edited by hand; move the edit to {file}, or "
        "--force discards it."
    )


def _first_difference(before: str, after: str) -> int:
    """The index of the first line that differs."""
    old = before.splitlines()
    new = after.splitlines()
    index = 0
    while index < min(len(old), len(new)) and old[index] == new[index]:
        index += 1
    return index
