"""The nodes of a template and of a workflow.yaml: their content, and how it is written."""

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted
from ruamel.yaml.scalarstring import ScalarString
from ruamel.yaml.tag import Tag

FUNCTION = "AWS::Serverless::Function"
MACHINE = "AWS::Serverless::StateMachine"
# The keys and properties of a resource that make sync writes. A workflow.yaml may add all others.
KEYS = {FUNCTION: {"Type", "UpdateReplacePolicy", "Properties"}, MACHINE: {"Type", "Properties"}}
PROPERTIES = {
    FUNCTION: {
        *("FunctionName", "Description", "CodeUri", "Timeout", "MemorySize", "AutoPublishAlias"),
        *("AutoPublishAliasAllProperties", "VersionDescription", "SnapStart", "Policies", "Environment"),
    },
    MACHINE: {"Name", "DefinitionUri", "Tracing", "DefinitionSubstitutions", "Policies"},
}
_NO_TEXT = re.compile(r"(?i:y|n|yes|no|on|off)|[-+.]?[0-9].*")


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
    """A copy of a parsed node without its comments and anchors, which would end up in the wrong places."""
    if isinstance(node, TaggedScalar):
        return TaggedScalar(node.value, style=node.style, tag=node.tag)
    copy: Any
    if isinstance(node, CommentedMap):
        copy = CommentedMap((bare(key), bare(item)) for key, item in node.items())
    elif isinstance(node, CommentedSeq):
        copy = CommentedSeq(bare(item) for item in node)
    elif isinstance(node, ScalarString):
        return type(node)(node)
    else:
        return unmistakable(node) if isinstance(node, str) else node
    if node.fa.flow_style():
        copy.fa.set_flow_style()
    if node.tag.value and node.tag.value.startswith("!"):
        copy.yaml_set_ctag(node.tag)
    return copy


def unmistakable(text: str) -> str:
    """In quotes where SAM and CloudFormation, which read YAML 1.1, would take it for no text: off is false, 1_0 ten."""
    return Quoted(text) if _NO_TEXT.fullmatch(text) else text


def sub(text: str, style: str | None = None) -> TaggedScalar:
    return TaggedScalar(text, style=style, tag=Tag(suffix="!Sub"))


def ref(name: str) -> TaggedScalar:
    return TaggedScalar(name, style=None, tag=Tag(suffix="!Ref"))


def text_or_sub(text: str) -> Any:
    """With !Sub only where it has something to replace."""
    return sub(text) if "${" in text else unmistakable(text)


def dump(node: CommentedMap) -> str:
    """The node as YAML, in the template's style."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    # Otherwise a long text would be folded.
    yaml.width = 1_000_000
    stream = io.StringIO()
    yaml.dump(node, stream)
    return stream.getvalue()


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
