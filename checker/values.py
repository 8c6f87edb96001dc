"""The values of a template with their lines, as CloudFormation reads them. Called by resources."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from importer import trees
from importer.errors import Refused

_BOOLEANS = {"y": "true", "yes": "true", "on": "true", "n": "false", "no": "false", "off": "false"}
_SHOWN = 100


@dataclass(frozen=True)
class Value:
    """Text, None, a dict or a list of values, and the line it is on: that of its key, if it has one.

    `!Sub text` is {"Fn::Sub": text}, as it is in JSON.
    """

    value: Any
    line: int

    def at(self, *keys: str) -> "Value | None":
        """What is there behind keys of dicts."""
        found: Value | None = self
        for key in keys:
            found = found.value.get(key) if found and isinstance(found.value, dict) else None
        return found

    def items(self) -> "list[tuple[str, Value]]":
        return list(self.value.items()) if isinstance(self.value, dict) else []

    def elements(self) -> "list[Value]":
        """A list's; one value counts as a list of it, as in Policies."""
        return self.value if isinstance(self.value, list) else [] if self.value is None else [self]

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def is_function(self) -> bool:
        """Whether CloudFormation makes the value: !Ref, !If, !Sub …"""
        return any(key == "Ref" or key.startswith("Fn::") for key, _ in self.items())

    @property
    def sub(self) -> str | None:
        """The text in a !Sub, also in one with variables of its own."""
        inner = self.at("Fn::Sub")
        if inner and isinstance(inner.value, list) and inner.value:
            inner = inner.value[0]
        return inner.text if inner else None

    def __str__(self) -> str:
        """As people write it, and not longer than a line."""
        [(key, inner)] = self.items() if len(self.items()) == 1 else [("", self)]
        text = inner.text
        if text is not None and (key == "Ref" or key.startswith("Fn::")):
            shown = f"!{key.removeprefix('Fn::')} {text}"
        else:
            shown = repr(self.text) if self.text is not None else json.dumps(_plain(self), ensure_ascii=False)
        return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


@dataclass(frozen=True)
class Duplicate:
    """A key that stands twice in one mapping: where it is, where it was first, and the keys around it."""

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
        raise Refused(f"There is no template {path}; --template takes the path of a SAM template.") from None
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
        """`line` is the one to show; `around` are the keys of the mappings around it."""
        made: Any
        if isinstance(node, MappingNode):
            made = dict(self._pairs(node, around))
        elif isinstance(node, SequenceNode):
            made = [self.value(each, _line(each), around) for each in node.value]
        else:
            made = _scalar(node)
        name = _function(str(node.tag or ""))
        return Value({name: Value(made, line)}, line) if name else Value(made, line)

    def _pairs(self, node: MappingNode, around: tuple[str, ...]) -> Iterator[tuple[str, Value]]:
        own: dict[str, int] = {}
        merged: list[Node] = []
        given: dict[str, Value] = {}
        for key, node_of_value in node.value:
            if str(key.tag) == "tag:yaml.org,2002:merge":
                merged += node_of_value.value if isinstance(node_of_value, SequenceNode) else [node_of_value]
                continue
            name, line = str(key.value), _line(key)
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
    return _BOOLEANS.get(text.lower(), text.lower()) if tag == "bool" else text


def _function(tag: str) -> str:
    """The function of CloudFormation that a tag is short for."""
    if not tag.startswith("!") or tag == "!":
        return ""
    return tag[1:] if tag in ("!Ref", "!Condition") else f"Fn::{tag[1:]}"


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _plain(value: Value) -> Any:
    if isinstance(value.value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return list(map(_plain, value.value)) if isinstance(value.value, list) else value.value
