"""The parts of a resource that belong to its owner, and that an import keeps."""

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.comments import CommentedMap

from importer.nodes import bare, plain

RUNTIMES = ("STEP", "ACCOUNTS", "SECRETS")
"""The environment variables that an import writes."""


@dataclass(frozen=True)
class Kept:
    """Nodes of a parsed template; empty if the resource does not exist. `policies` includes those from imports."""

    logical_id: str = ""
    policies: list[Any] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """The source of each variable in SECRETS."""
    timeout: Any = None
    memory: Any = None


def kept(logical_id: str, resource: Any) -> Kept:
    """The parts of a function or a machine that belong to its owner."""
    properties = _map(resource, "Properties")
    variables = _map(properties, "Environment", "Variables")
    policies = properties.get("Policies")
    if policies is None:
        policies = []
    if not isinstance(policies, list):
        policies = [policies]
    return Kept(
        logical_id=logical_id,
        policies=[bare(each) for each in policies],
        variables={str(key): bare(each) for key, each in variables.items() if key not in RUNTIMES},
        secrets=_secrets(plain(variables.get("SECRETS"))),
        timeout=bare(properties.get("Timeout")),
        memory=bare(properties.get("MemorySize")),
    )


def _secrets(value: Any) -> dict[str, str]:
    text = value.get("!Sub") if isinstance(value, dict) else value
    if not isinstance(text, str):
        return {}
    pairs = (entry.partition("=") for entry in text.split(","))
    return {name.strip(): place.strip() for name, _, place in pairs if place.strip()}


def _map(node: Any, *keys: str) -> CommentedMap:
    for key in keys:
        node = node.get(key) if isinstance(node, CommentedMap) else None
    return node if isinstance(node, CommentedMap) else CommentedMap()
