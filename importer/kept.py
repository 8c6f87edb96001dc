"""What of a resource that an import writes is its owner's, and stays. Called by template."""

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from importer.nodes import bare, plain

RUNTIMES = ("STEP", "ACCOUNTS", "SECRETS")
"""The environment variables that an import writes."""


@dataclass(frozen=True)
class Kept:
    """Nodes of a parsed template; empty where the resource is not there. `policies` are all, an import's own, too."""

    logical_id: str = ""
    policies: list[Any] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """Where each variable in SECRETS comes from."""
    timeout: Any = None
    memory: Any = None


def kept(logical_id: str, resource: Any) -> Kept:
    """Of a function or a machine."""
    properties = _map(resource, "Properties")
    policies, variables = properties.get("Policies"), _map(properties, "Environment", "Variables")
    listed = policies if isinstance(policies, CommentedSeq) else [policies] if policies is not None else []
    return Kept(
        logical_id=logical_id,
        policies=[bare(each) for each in listed],
        variables={str(key): bare(each) for key, each in variables.items() if key not in RUNTIMES},
        secrets=_secrets(plain(variables.get("SECRETS"))),
        timeout=bare(properties.get("Timeout")),
        memory=bare(properties.get("MemorySize")),
    )


def _secrets(value: Any) -> dict[str, str]:
    text = value.get("!Sub") if isinstance(value, dict) else value
    pairs = (entry.partition("=") for entry in text.split(",")) if isinstance(text, str) else ()
    return {name.strip(): place.strip() for name, _, place in pairs if place.strip()}


def _map(node: Any, *keys: str) -> CommentedMap:
    for key in keys:
        node = node.get(key) if isinstance(node, CommentedMap) else None
    return node if isinstance(node, CommentedMap) else CommentedMap()
