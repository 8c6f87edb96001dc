"""What a deployed template consists of, as the rest of local sees it.

Made by deploy, read by lambdas, routes, gateway, server and tests. Calls nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Function:
    """A Lambda function: what AWS would know of it, and the folders that its code is run from."""

    logical_id: str
    name: str
    arn: str
    version: str
    handler: str
    folder: Path
    layers: tuple[Path, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    timeout: float = 3
    memory: int = 128
    runtime: str = "python3.13"
    role: str = ""
    log_format: str = "Text"
    log_level: str = ""


@dataclass(frozen=True)
class Route:
    """A route of the HTTP API. `method` is upper case or ANY, `function` a name as in Stack.functions."""

    method: str
    path: str
    function: str
    signed_in: bool


@dataclass(frozen=True)
class Stack:
    """A deployed template. Functions are by name, state machines' ARNs by name, outputs by key."""

    name: str
    region: str
    functions: dict[str, Function]
    state_machines: dict[str, str]
    routes: tuple[Route, ...]
    outputs: dict[str, str]

    def short_name(self, function: str) -> str:
        """A function's name without the stack's, for lines that people read."""
        return function.removeprefix(f"{self.name}-")
