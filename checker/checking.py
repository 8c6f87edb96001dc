"""All rules together, on a template and its steps."""

from collections.abc import Iterator
from pathlib import Path

from checker import files, functions, machines
from checker.finding import Finding
from checker.resources import Template


def check(path: Path) -> list[Finding]:
    """The mistakes in the workflows of a template and in their folders, in the template's order. Raises Refused."""
    template = Template(path)
    of_template = [*_duplicates(template), *machines.findings(template), *functions.findings(template)]
    every = [*of_template, *files.findings(template)]
    in_template = sorted((each for each in every if each.file == path), key=lambda each: each.line)
    return in_template + [each for each in every if each.file != path]


def _duplicates(template: Template) -> Iterator[Finding]:
    for each in template.duplicates:
        if each.around == ("Resources",):
            text = f"The logical id {each.key} is already used at line {each.first}; each resource must have its own."
            resource = each.key
        else:
            text = f"The key {each.key} is already at line {each.first}; each key may occur only once."
            resource = each.around[1] if each.around[:1] == ("Resources",) else ""
        concerned = [each.logical_id for each in template.workflows if each.logical_id == resource]
        concerned += [machine.logical_id for machine, _ in template.naming(resource)]
        yield Finding(template.path, each.line, text, resource, concerned)
