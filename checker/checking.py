"""All rules, on a template and on its steps. Called by the command `interlude check` and by local."""

from collections.abc import Iterator
from pathlib import Path

from checker import files, functions, machines
from checker.finding import Finding
from checker.resources import Template


def check(path: Path) -> list[Finding]:
    """What is wrong in the workflows of a template and in their folders, in the template's order. Raises Refused."""
    template = Template(path)
    of_template = [*_duplicates(template), *machines.findings(template), *functions.findings(template)]
    every = [*of_template, *files.findings(template)]
    # The files' own come behind, in the order of their workflows.
    return sorted(every, key=lambda each: (each.file != path, each.line if each.file == path else 0))


def _duplicates(template: Template) -> Iterator[Finding]:
    for each in template.duplicates:
        if each.around == ("Resources",):
            text = f"The logical id {each.key} is taken at line {each.first} already; each resource must have its own."
            resource = each.key
        else:
            text = f"The key {each.key} is there at line {each.first} already; each key must be there once."
            resource = each.around[1] if each.around[:1] == ("Resources",) else ""
        concerned = [each.logical_id for each in template.workflows if each.logical_id == resource]
        concerned += [machine.logical_id for machine, _ in template.naming(resource)]
        yield Finding(template.path, each.line, text, resource, concerned)
