"""The syntax tree of untrusted YAML, with a limit on its values.

Anchors, aliases and merge keys multiply when values are constructed: 500 bytes can become a billion values. A tree has
each anchored node once, so its values can be counted before they are constructed.
"""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from sync.errors import Refused, one_line

MAX_VALUES = 100_000
MAX_DEPTH = 100

TOO_MUCH = f"holds more than {MAX_VALUES} values or is more than {MAX_DEPTH} levels deep"


def compose(yaml: YAML, text: str, name: str) -> Node | None:
    """The document's root; None for an empty document. Raises Refused, with the file and the line."""
    try:
        root: Node | None = yaml.compose(text)
    except YAMLError as error:
        raise _refusal(error, name) from None
    except RecursionError:
        raise Refused(f"{name} {TOO_MUCH}.") from None
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        # From invalid escapes and directives that the parser does not catch.
        raise Refused(f"{name} is not valid YAML: {one_line(error) or type(error).__name__}.") from None
    if root is not None:
        _Size(name).of(root)
    return root


def load(yaml: YAML, text: str, name: str) -> Any:
    """The document's values, from the given parser. Raises Refused."""
    root = compose(yaml, text, name)
    if root is None:
        return None
    try:
        return yaml.constructor.construct_document(root)
    except YAMLError as error:
        raise _refusal(error, name) from None
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
        # From invalid dates, numbers and tags that the parser does not catch.
        raise Refused(f"{name} is not valid YAML: {one_line(error) or type(error).__name__}.") from None


def _refusal(error: YAMLError, name: str) -> Refused:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read"
    return Refused(f"{name}{line} is not valid YAML: {one_line(problem)}.")


class _Size:
    """Counts the values that nodes stand for; an anchored node counts once for each reference."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[int, tuple[int, int]] = {}

    def of(self, node: Node) -> tuple[int, int]:
        """How many values, and how many levels. Raises Refused for too many, as in a node that contains itself."""
        if id(node) not in self._known:
            # For an alias within its own anchor.
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
        # A key that is text does not count.
        return [each for pair in node.value for each in pair if each is pair[1] or not isinstance(each.value, str)]
    return []
