"""The mappings of a workflow.yaml: each value with its line, and each mistake as a sentence."""

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.scalarbool import ScalarBoolean

from sync import trees
from sync.errors import Refused, one_line

PIPEDREAMS_KEYS = ("schema", "triggers", "runtime", "uses", "props", "_props_cursor")
"""Keys of Pipedream's own workflow.yaml that have no meaning here."""

_LONGEST_VALUE = 60


def load(text: str, file: str) -> CommentedMap:
    """The document, with quotes and comments. Raises Refused."""
    yaml = YAML()
    yaml.preserve_quotes = True
    document = trees.load(yaml, text, file)
    if not isinstance(document, CommentedMap):
        raise Refused(f"{file}, line 1: It must be a mapping of keys, such as steps: [first, second].")
    return document


def text_of(path: Path) -> str:
    """Raises Refused."""
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror or one_line(error)}.") from None


def decode(content: bytes, file: str) -> str:
    """Raises Refused."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{file} is not text in UTF-8.") from None


class Mapping:
    """A mapping in a file. `name` is what its sentences call it, and empty for the whole document.

    With `keys` it may have these only. Its methods raise Refused.
    """

    def __init__(self, node: CommentedMap, file: str, line: int, keys: Collection[str] = (), name: str = "") -> None:
        self.node = node
        self.file = file
        self.line = line
        self._name = name
        for key in node:
            if not isinstance(key, str):
                raise self.refusal_at(self.line_of(key), f"The key {_show(key)} is not text; put it in quotes.")
            if keys and key not in keys:
                raise self.refusal(key, _unknown(key, keys))

    def refusal(self, key: str, text: str) -> Refused:
        return self.refusal_at(self.line_of(key), text)

    def refusal_at(self, line: int, text: str) -> Refused:
        sentence = "".join(sign if sign.isprintable() else "?" for sign in one_line(text))
        return Refused(f"{self.file}, line {line}: {sentence}")

    def line_of(self, key: Any) -> int:
        """That of the mapping for a key that comes from another one, or is missing."""
        positions = self.node.lc.data or {}
        if key in positions:
            return int(positions[key][0]) + 1
        return self.line

    def name_of(self, key: str) -> str:
        return f"{key} of {self._name}" if self._name else key

    def has(self, key: str) -> bool:
        return self.node.get(key) is not None

    def text(self, key: str, default: str = "") -> str:
        value = self.node.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(key, "text")
        return str(value)

    def switch(self, key: str, *, default: bool) -> bool:
        value = self.node.get(key)
        if value is None:
            return default
        if not isinstance(value, bool | ScalarBoolean):
            raise self._wrong(key, "true or false")
        return bool(value)

    def number(self, key: str, least: int, greatest: int) -> int | None:
        value = self.node.get(key)
        if value is None:
            return None
        is_number = isinstance(value, int) and not isinstance(value, bool | ScalarBoolean)
        if not is_number or not least <= value <= greatest:
            raise self._wrong(key, f"a whole number from {least} to {greatest}")
        return int(value)

    def mapping(self, key: str, keys: Collection[str] = ()) -> "Mapping":
        """An empty one where there is nothing."""
        value = self.node.get(key)
        if value is None:
            value = CommentedMap()
        if not isinstance(value, CommentedMap):
            raise self._wrong(key, "a mapping of keys")
        return Mapping(value, self.file, self.line_of(key), keys, self.name_of(key))

    def elements(self, key: str) -> Iterator[tuple[Any, int]]:
        """Those of a list, each with its line."""
        value = self.node.get(key)
        if value is None:
            return
        if not isinstance(value, CommentedSeq):
            raise self._wrong(key, "a list")
        for index, element in enumerate(value):
            line = int(value.lc.data[index][0]) + 1
            yield element, line

    def _wrong(self, key: str, form: str) -> Refused:
        return self.refusal(key, f"{self.name_of(key)} is {_show(self.node[key])}; it must be {form}.")


def _unknown(key: str, keys: Collection[str]) -> str:
    names = ", ".join(sorted(keys))
    if key in PIPEDREAMS_KEYS:
        return f"The key {key} is Pipedream's, and make import reads such a file; allowed here are {names}."
    nearest = difflib.get_close_matches(key, keys, n=1)
    if nearest:
        return f"The key {_cut(key)} is not known, the nearest is {nearest[0]}; allowed are {names}."
    return f"The key {_cut(key)} is not known; allowed are {names}."


def _show(value: Any) -> str:
    if isinstance(value, CommentedMap):
        return "a mapping"
    if isinstance(value, CommentedSeq):
        return "a list"
    if isinstance(value, TaggedScalar):
        return f"{value.tag.value} {value.value}"
    if isinstance(value, str):
        return _cut(repr(str(value)))
    return _cut(str(value))


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}…"
