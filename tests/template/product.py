"""The template without what belongs to its owner: the section Workflows, which the check of the workflows judges.

In its place stand workflows as an import writes them, so that a project may have any, and any permissions for them.
"""

import re
import textwrap
from pathlib import Path

from importer.block import StepBlock, WorkflowBlock, render
from importer.template import Template

PROJECT = Path(__file__).parents[2]
STEPS = ("first", "last")
FOLDER = PROJECT / "tests" / "workflow" / "steps" / "plain"
"""Has these steps."""

_SECTION = re.compile(r"(?<=\n  # ---- Workflows -).*?(?=\n  # ---- What all workflows share -)", re.DOTALL)


def text(template: str, *workflows: str) -> str:
    """The text of a template of which only Interlude's own part is left, for a file that may lie anywhere."""
    assert len(_SECTION.findall(template)) == 1
    described = Template(template, "template.yaml").version_description()
    blocks = [textwrap.indent(each, "  ") for name in workflows for each in _resources(name, described)]
    own = _SECTION.sub(lambda _: "\n\n" + "\n".join(blocks), template)
    return re.sub(r"((?:CodeUri|ContentUri|DefinitionUri): )(?=\w)", rf"\g<1>{PROJECT}/", own)


def _resources(workflow: str, version_description: str) -> list[str]:
    """The YAML of a workflow's functions and of its machine."""
    name = workflow.capitalize()
    steps = tuple(StepBlock(step, f"{name}{step.title()}", f"{workflow}-{step}", f"The {step}.") for step in STEPS)
    rendered = render(WorkflowBlock(workflow, name, steps, version_description=version_description))
    return [each.replace(f"functions/{workflow}/", f"{FOLDER}/") for each in rendered.values()]
