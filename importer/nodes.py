"""What a template's resources say, apart from how they are written. Called by template and project."""

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar

FUNCTION, MACHINE = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"
# The properties that an import writes; others are their owner's.
OWN = {
    FUNCTION: {
        *("FunctionName", "Description", "CodeUri", "Timeout", "MemorySize", "AutoPublishAlias"),
        *("AutoPublishAliasAllProperties", "VersionDescription", "Policies", "Environment"),
    },
    MACHINE: {"Name", "DefinitionUri", "DefinitionSubstitutions", "Policies"},
}


def parsed(rendered: dict[str, str]) -> dict[str, Any]:
    """What rendered resources say, to compare with a template's."""
    return {name: plain(YAML().load(io.StringIO(text)))[name] for name, text in rendered.items()}


def plain(node: Any) -> Any:
    """A parsed node without its comments; what has a tag is {tag: value}."""
    if isinstance(node, TaggedScalar):
        return {node.tag.value: str(node.value)}
    tag = getattr(getattr(node, "tag", None), "value", None)
    if isinstance(node, CommentedMap):
        value: Any = {str(key): plain(item) for key, item in node.items()}
    elif isinstance(node, CommentedSeq):
        value = [plain(item) for item in node]
    else:
        return node
    return {tag: value} if tag and tag.startswith("!") else value


def differences(before: dict[str, Any], after: dict[str, Any], path: str = "") -> list[str]:
    """Where two nodes differ, by their keys with dots between."""
    found = []
    for key in [*before, *(key for key in after if key not in before)]:
        at = f"{path}.{key}" if path else str(key)
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, at)
        elif old != new or (key in before) != (key in after):
            found.append(at)
    return found


def owned(resource: Any, *, own: bool) -> Any:
    """The resource with the properties that an import writes, or with the others."""
    names = OWN.get(below(resource, "Type"), set())
    properties = below(resource, "Properties") or {}
    return resource | {"Properties": {key: each for key, each in properties.items() if (key in names) is own}}


def workflow_of(resource: Any) -> str | None:
    kind = below(resource, "Type")
    if kind == FUNCTION:
        folder = re.fullmatch(r"(?:\./)?functions/([^/]+)/?", str(below(resource, "Properties", "CodeUri")))
        return folder[1] if folder else None
    if kind == MACHINE:
        name = below(resource, "Properties", "DefinitionSubstitutions", "Workflow")
        return name if isinstance(name, str) else None
    return None


def below(node: Any, *keys: str) -> Any:
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node
