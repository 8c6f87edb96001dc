"""A workflow as its workflow.yaml declares it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """`function` follows `<stack>-<workflow>-` in the name of its function.

    `accounts` and `secrets` say where each one lies: `secretsmanager:<name>` or `ssm:<name>`. `environment`, `policies`
    and `resource` hold nodes of the file, which may have tags such as !Ref.
    """

    name: str
    function: str
    description: str
    is_disabled: bool = False
    timeout_s: int | None = None
    memory_mb: int | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    policies: Sequence[Any] = ()
    resource: Mapping[str, Any] = field(default_factory=dict)
    line: int = field(default=0, compare=False)
    """Where it stands in the file."""


@dataclass(frozen=True)
class Schedule:
    """`expression` is EventBridge Scheduler's: `cron(…)` or `rate(…)`."""

    name: str
    expression: str
    timezone: str = ""


@dataclass(frozen=True)
class Workflow:
    """`options` are the words of Options. `code_uri` is the folder of the steps, if it is not functions/<name>/."""

    name: str
    steps: tuple[Step, ...]
    options: str = ""
    schedules: tuple[Schedule, ...] = ()
    resource: Mapping[str, Any] = field(default_factory=dict)
    """What the state machine gets besides."""
    code_uri: str = ""
