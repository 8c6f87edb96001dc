"""A Pipedream workflow, independent of the format that it was read from."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Json = dict[str, Any]


class Kind(Enum):
    PYTHON = "Python"
    OTHER = "another language"
    ACTION = "a registry action"


@dataclass(frozen=True)
class Step:
    """`uses` is the text in the file; `code` is the file of a Python step, byte for byte."""

    name: str
    kind: Kind
    uses: str = ""
    runtime: str = ""
    code: bytes = b""
    props: Json = field(default_factory=dict)
    disabled: bool = False
    notes: str = ""


@dataclass(frozen=True)
class Workflow:
    """`folder` is where it was found, as the report shows it. `files` are by their paths in the workflow's folder."""

    name: str
    title: str
    folder: str
    steps: tuple[Step, ...]
    triggers: tuple[str, ...] = ()
    inactive: bool = False
    quiet: bool = False
    timeout: int | None = None
    memory: int | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    remarks: tuple["Remark", ...] = ()


class Outcome(Enum):
    """The outcome for a part of a workflow, in the order of a report."""

    IMPORTED = "imported"
    TRANSLATED = "translated"
    DECISION = "needs a decision"
    CANNOT_RUN = "cannot run"
    LEFT_OUT = "left out"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Remark:
    """One line of the report. `write` is text for the user to write."""

    outcome: Outcome
    where: str
    what: str
    write: str = ""
