"""A workflow as an import will write it."""

from dataclasses import dataclass, field

from importer.code import Findings
from importer.kept import Kept
from importer.props import Inputs
from importer.workflow import Remark, Step, Workflow


@dataclass
class Draft:
    """`files` by their names in the workflow's folder, `resources` as YAML by logical id."""

    workflow: Workflow
    files: dict[str, bytes] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    remarks: list[Remark] = field(default_factory=list)


@dataclass
class Made:
    """A step that will run. `by_hand` is whether its owner wrote its file."""

    step: Step
    code: bytes
    inputs: Inputs
    findings: Findings
    by_hand: bool = False
    kept: Kept = field(default_factory=Kept)
    variables: tuple[str, ...] = ()
    """Those that the step gets as secrets."""
    possible: tuple[str, ...] = ()
    """Those that it could get, but does not need."""
