"""The template without what belongs to its owner: the section Workflows, which the check of the workflows judges.

In its place stand workflows as an import writes them, so that a project may have any, and any permissions for them.
"""

import re
import textwrap
from pathlib import Path

from sync.resources import render
from sync.template import Template
from tests import templates

PROJECT = Path(__file__).parents[2]
STEPS = ("first", "last")
FOLDER = PROJECT / "tests" / "workflow" / "steps" / "plain"
"""Has these steps."""

_SECTION = re.compile(r"(?<=\n  # ---- Workflows -).*?(?=\n  # ---- What all workflows share -)", re.DOTALL)


def text(template: str, *workflows: str) -> str:
    """The text of a template of which only Interlude's own part is left, for a file that may lie anywhere."""
    assert len(_SECTION.findall(template)) == 1
    described = Template(template, "template.yaml").version_description()
    blocks = "\n".join(textwrap.indent(_resources(name, described), "  ") for name in workflows)
    own = _SECTION.sub(lambda _: f"\n\n{blocks}", template)
    return re.sub(r"((?:CodeUri|ContentUri|DefinitionUri): )(?=\w)", rf"\g<1>{PROJECT}/", own)


def _resources(workflow: str, version_description: str) -> str:
    """The YAML of a workflow's functions and of its machine."""
    name = workflow.capitalize()
    ids = {"": name} | {step: f"{name}{step.title()}" for step in STEPS}
    return render(templates.workflow(workflow, STEPS, f"{FOLDER}/"), ids, version_description)
