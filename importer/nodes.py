"""The content of a template's resources, regardless of how it is written."""

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar

FUNCTION = "AWS::Serverless::Function"
MACHINE = "AWS::Serverless::StateMachine"
# The keys and properties of a resource that an import writes. All others belong to its owner.
KEYS = {FUNCTION: {"Type", "UpdateReplacePolicy", "Properties"}, MACHINE: {"Type", "Properties"}}
OWN = {
    FUNCTION: {
        *("FunctionName", "Description", "CodeUri", "Timeout", "MemorySize", "AutoPublishAlias"),
        *("AutoPublishAliasAllProperties", "VersionDescription", "SnapStart", "Policies", "Environment"),
    },
    MACHINE: {"Name", "DefinitionUri", "Tracing", "DefinitionSubstitutions", "Policies"},
}


def parsed(rendered: dict[str, str]) -> dict[str, Any]:
    """The content of rendered resources, for a comparison with a template's."""
    return {name: plain(YAML().load(io.StringIO(text)))[name] for name, text in rendered.items()}


def plain(node: Any) -> Any:
    """A parsed node without its comments; a node with a tag is {tag: value}."""
    if isinstance(node, TaggedScalar):
        return {node.tag.value: str(node.value)}
    tag = getattr(getattr(node, "tag", None), "value", None)
    if isinstance(node, CommentedMap):
        value: Any = {str(key): plain(item) for key, item in node.items()}
    elif isinstance(node, CommentedSeq):
        value = [plain(item) for item in node]
    else:
        return node
    if tag and tag.startswith("!"):
        return {tag: value}
    return value


def bare(node: Any) -> Any:
    """A copy of a parsed node without its comments, which would end up in the wrong places."""
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
    """The dotted keys at which two nodes differ. `only_before` leaves out keys that only the second one has."""
    found = []
    for key in [*before, *(key for key in after if key not in before and not only_before)]:
        at = f"{path}.{key}" if path else str(key)
        old = before.get(key)
        new = after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, at, only_before=only_before)
        elif old != new or (key in before) != (key in after):
            found.append(at)
    return found


def owned(resource: Any, *, own: bool) -> Any:
    """The resource with only the keys and properties that an import writes, or with only the others."""
    kind = below(resource, "Type")
    keys = KEYS.get(kind, set())
    names = OWN.get(kind, set())
    properties = below(resource, "Properties") or {}
    kept = {key: each for key, each in resource.items() if (key in keys) is own}
    return kept | {"Properties": {key: each for key, each in properties.items() if (key in names) is own}}


def step_of(resource: Any) -> str | None:
    """The step of a function; None for other functions, which may share a workflow's folder."""
    step = below(resource, "Properties", "Environment", "Variables", "STEP")
    if below(resource, "Type") != FUNCTION or step is None:
        return None
    return str(step)


def workflow_of(resource: Any) -> str | None:
    if step_of(resource) is not None:
        folder = re.fullmatch(r"(?:\./)?functions/([^/]+)/?", str(below(resource, "Properties", "CodeUri")))
        return folder[1] if folder else None
    if below(resource, "Type") != MACHINE:
        return None
    name = below(resource, "Properties", "DefinitionSubstitutions", "Workflow")
    return name if isinstance(name, str) else None


def below(node: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node
