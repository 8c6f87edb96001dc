"""A workflow as an import will write it."""

from dataclasses import dataclass, field

from importer.code import Findings
from importer.props import Inputs
from importer.workflow import Remark, Step, Workflow
from sync import workflow as declaring


@dataclass
class Draft:
    """`files` by their names in the workflow's folder. `declared` is what workflow.yaml among them declares."""

    workflow: Workflow
    files: dict[str, bytes] = field(default_factory=dict)
    declared: declaring.Workflow | None = None
    steps: tuple[str, ...] = ()
    imported_steps: set[str] = field(default_factory=set)
    """Steps that are in the project already, and whose files an import has brought."""
    remarks: list[Remark] = field(default_factory=list)


@dataclass
class Made:
    """A step that will run. `by_hand` is whether its owner wrote its file."""

    step: Step
    code: bytes
    inputs: Inputs
    findings: Findings
    by_hand: bool = False
    declared: declaring.Step | None = None
    """What the project's workflow.yaml has of it."""
    variables: tuple[str, ...] = ()
    """Those that the step gets as secrets."""
    possible: tuple[str, ...] = ()
    """Those that it could get, but does not need."""
