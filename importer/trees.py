"""The syntax tree of YAML of unknown origin, no larger than it may become. Called by documents, template and checker.

Anchors, aliases and merge keys make much of little when values are constructed: 500 bytes can be a billion of them. A
tree has each anchored node once, so that its values can be counted before there are any.
"""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from importer.errors import Refused, one_line

MAX_VALUES = 100_000
MAX_DEPTH = 100

TOO_MUCH = f"holds more than {MAX_VALUES} values or is more than {MAX_DEPTH} levels deep"


def compose(yaml: YAML, text: str, name: str) -> Node | None:
    """The document's root; None where there is nothing. Raises Refused, with the file and the line."""
    try:
        root: Node | None = yaml.compose(text)
    except YAMLError as error:
        raise _refusal(error, name) from None
    except RecursionError:
        raise Refused(f"{name} {TOO_MUCH}.") from None
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        # What the parser lets through of escapes and directives that only look like it.
        raise Refused(f"{name} is not valid YAML: {one_line(error) or type(error).__name__}.") from None
    if root is not None:
        _Size(name).of(root)
    return root


def load(yaml: YAML, text: str, name: str) -> Any:
    """What the document says, as the given parser makes it. Raises Refused."""
    root = compose(yaml, text, name)
    try:
        return None if root is None else yaml.constructor.construct_document(root)
    except YAMLError as error:
        raise _refusal(error, name) from None
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
        # Dates, numbers and tags that only look like it.
        raise Refused(f"{name} is not valid YAML: {one_line(error) or type(error).__name__}.") from None


def _refusal(error: YAMLError, name: str) -> Refused:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read"
    return Refused(f"{name}{line} is not valid YAML: {one_line(problem)}.")


class _Size:
    """Counts the values that nodes stand for, an anchored node as often as it is referred to."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[int, tuple[int, int]] = {}

    def of(self, node: Node) -> tuple[int, int]:
        """How many values, and how many levels. Raises Refused for too many, as in a node that is in itself."""
        if id(node) not in self._known:
            # For an alias that stands inside of its own anchor.
            self._known[id(node)] = (MAX_VALUES, MAX_DEPTH)
            sizes = [self.of(each) for each in _children(node)]
            values = 1 + sum(count for count, _ in sizes)
            levels = 1 + max((depth for _, depth in sizes), default=0)
            if values > MAX_VALUES or levels > MAX_DEPTH:
                raise Refused(f"{self._name} {TOO_MUCH}.")
            self._known[id(node)] = (values, levels)
        return self._known[id(node)]


def _children(node: Node) -> list[Node]:
    if isinstance(node, SequenceNode):
        return list(node.value)
    if isinstance(node, MappingNode):
        # A key that is text is a part of its value.
        return [each for pair in node.value for each in pair if each is pair[1] or not isinstance(each.value, str)]
    return []
