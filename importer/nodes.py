"""What a template's resources say, apart from how they are written. Called by kept, block, template and project."""

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar

FUNCTION, MACHINE = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"
# What an import writes of a resource, and of its properties; everything else is its owner's.
KEYS = {FUNCTION: {"Type", "UpdateReplacePolicy", "Properties"}, MACHINE: {"Type", "Properties"}}
OWN = {
    FUNCTION: {
        *("FunctionName", "Description", "CodeUri", "Timeout", "MemorySize", "AutoPublishAlias"),
        *("AutoPublishAliasAllProperties", "VersionDescription", "SnapStart", "Policies", "Environment"),
    },
    MACHINE: {"Name", "DefinitionUri", "Tracing", "DefinitionSubstitutions", "Policies"},
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


def bare(node: Any) -> Any:
    """A copy of a parsed node without its comments, which would be written at other places."""
    if isinstance(node, TaggedScalar):
        return TaggedScalar(node.value, style=node.style, tag=node.tag)
    copy: Any
    if isinstance(node, CommentedMap):
        copy = CommentedMap((key, bare(item)) for key, item in node.items())
    elif isinstance(node, CommentedSeq):
        copy = CommentedSeq(bare(item) for item in node)
    else:
        return node
    if node.fa.flow_style():
        copy.fa.set_flow_style()
    if node.tag.value and node.tag.value.startswith("!"):
        copy.yaml_set_ctag(node.tag)
    return copy


def differences(
    before: dict[str, Any], after: dict[str, Any], path: str = "", *, only_before: bool = False
) -> list[str]:
    """Where two nodes differ, by their keys with dots between; where only the second has something, if that counts."""
    found = []
    for key in [*before, *(key for key in after if key not in before and not only_before)]:
        at = f"{path}.{key}" if path else str(key)
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, at, only_before=only_before)
        elif old != new or (key in before) != (key in after):
            found.append(at)
    return found


def owned(resource: Any, *, own: bool) -> Any:
    """The resource with the keys and properties that an import writes, or with the others."""
    kind = below(resource, "Type")
    keys, names = KEYS.get(kind, set()), OWN.get(kind, set())
    properties = below(resource, "Properties") or {}
    kept = {key: each for key, each in resource.items() if (key in keys) is own}
    return kept | {"Properties": {key: each for key, each in properties.items() if (key in names) is own}}


def step_of(resource: Any) -> str | None:
    """The step that a function is; other functions may share a workflow's folder."""
    step = below(resource, "Properties", "Environment", "Variables", "STEP")
    return str(step) if below(resource, "Type") == FUNCTION and step is not None else None


def workflow_of(resource: Any) -> str | None:
    kind = below(resource, "Type")
    if step_of(resource) is not None:
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
