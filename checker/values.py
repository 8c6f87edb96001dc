"""The values of a template with their lines, as CloudFormation reads them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from sync import trees
from sync.errors import Refused

_BOOLEANS = {"y": "true", "yes": "true", "on": "true", "n": "false", "no": "false", "off": "false"}
_SHOWN = 100


@dataclass(frozen=True)
class Value:
    """Text, None, a dict or a list of values, and its line: that of its key, if it has one.

    `!Sub text` is {"Fn::Sub": text}, as in JSON.
    """

    value: Any
    line: int

    def at(self, *keys: str) -> "Value | None":
        """The value at a path of keys; None if it does not exist."""
        found: Value | None = self
        for key in keys:
            if not found or not isinstance(found.value, dict):
                return None
            found = found.value.get(key)
        return found

    def items(self) -> "list[tuple[str, Value]]":
        return list(self.value.items()) if isinstance(self.value, dict) else []

    def elements(self) -> "list[Value]":
        """The elements of a list. As in Policies, a single value counts as a list of one."""
        if self.value is None:
            return []
        return self.value if isinstance(self.value, list) else [self]

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def is_function(self) -> bool:
        """Whether CloudFormation computes the value: !Ref, !If, !Sub …"""
        return any(key == "Ref" or key.startswith("Fn::") for key, _ in self.items())

    @property
    def sub(self) -> str | None:
        """The text in a !Sub, with or without variables of its own."""
        inner = self.at("Fn::Sub")
        if inner and isinstance(inner.value, list) and inner.value:
            inner = inner.value[0]
        return inner.text if inner else None

    def __str__(self) -> str:
        """The value in its usual notation, cut to a line."""
        shown = self._written()
        if len(shown) > _SHOWN:
            return f"{shown[:_SHOWN]}…"
        return shown

    def _written(self) -> str:
        if self.text is not None:
            return repr(self.text)
        if len(self.items()) == 1:
            [(key, inner)] = self.items()
            if inner.text is not None and (key == "Ref" or key.startswith("Fn::")):
                return f"!{key.removeprefix('Fn::')} {inner.text}"
        return json.dumps(_plain(self), ensure_ascii=False)


@dataclass(frozen=True)
class Duplicate:
    """A key that occurs twice in one mapping: its line, the line of the first one, and the keys around it."""

    key: str
    line: int
    first: int
    around: tuple[str, ...]


@dataclass
class Document:
    root: Value
    duplicates: list[Duplicate] = field(default_factory=list)


def text_of(path: Path) -> str:
    """A template's text. Raises Refused."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise Refused(f"{path} does not exist; --template must be the path of a SAM template.") from None
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not text in UTF-8.") from None


def read(path: Path) -> Document:
    """A template's values. Raises Refused."""
    yaml = YAML(typ="safe", pure=True)
    # As SAM and CloudFormation read it: off is false.
    yaml.version = (1, 1)
    node = trees.compose(yaml, text_of(path), str(path))
    reader = _Reader()
    root = reader.value(node, 1, ()) if node else Value(None, 1)
    return Document(root, sorted(set(reader.duplicates), key=lambda each: each.line))


class _Reader:
    def __init__(self) -> None:
        self.duplicates: list[Duplicate] = []

    def value(self, node: Node, line: int, around: tuple[str, ...]) -> Value:
        """The value of a node. `line` is the one to show, `around` are the keys of the mappings around it."""
        made: Any
        if isinstance(node, MappingNode):
            made = dict(self._pairs(node, around))
        elif isinstance(node, SequenceNode):
            made = [self.value(each, _line(each), around) for each in node.value]
        else:
            made = _scalar(node)
        name = _function(str(node.tag or ""))
        if name:
            made = {name: Value(made, line)}
        return Value(made, line)

    def _pairs(self, node: MappingNode, around: tuple[str, ...]) -> Iterator[tuple[str, Value]]:
        own: dict[str, int] = {}
        merged: list[Node] = []
        given: dict[str, Value] = {}
        for key, node_of_value in node.value:
            if str(key.tag) == "tag:yaml.org,2002:merge":
                merged += node_of_value.value if isinstance(node_of_value, SequenceNode) else [node_of_value]
                continue
            name = str(key.value)
            line = _line(key)
            if name in own:
                self.duplicates.append(Duplicate(name, line, own[name], around))
            own[name] = line
            given[name] = self.value(node_of_value, line, (*around, name))
        for each in merged:
            if isinstance(each, MappingNode):
                yield from ((name, value) for name, value in self._pairs(each, around) if name not in own)
        yield from given.items()


def _scalar(node: Node) -> str | None:
    tag = str(node.tag).rpartition(":")[2]
    text = str(node.value)
    if tag == "null":
        return None
    if tag == "bool":
        return _BOOLEANS.get(text.lower(), text.lower())
    return text


def _function(tag: str) -> str:
    """CloudFormation's function for a short tag."""
    if not tag.startswith("!") or tag == "!":
        return ""
    name = tag[1:]
    if name in ("Ref", "Condition"):
        return name
    return f"Fn::{name}"


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _plain(value: Value) -> Any:
    if isinstance(value.value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value.value, list):
        return list(map(_plain, value.value))
    return value.value
