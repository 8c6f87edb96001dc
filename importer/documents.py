"""Reads YAML and JSON from untrusted files into plain JSON values."""

import datetime
import json
import math
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sync import trees
from sync.errors import Refused, one_line
from sync.trees import MAX_DEPTH, MAX_VALUES, TOO_MUCH


def read_yaml(path: Path, name: str) -> Any:
    """The document as JSON values. Raises Refused, which names the file and the line."""
    document = trees.load(YAML(typ="safe", pure=True), _text(path, name), name)
    return _Plain(name).value(document)


def read_json(path: Path, name: str) -> Any:
    """The document. Raises Refused."""
    try:
        document = json.loads(_text(path, name))
    except json.JSONDecodeError as error:
        raise Refused(f"{name}, line {error.lineno} is not valid JSON: {error.msg}.") from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"{name} is not valid JSON: {one_line(error)}.") from None
    return _Plain(name).value(document)


def _text(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Refused(f"{name} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{name} is not text in UTF-8.") from None


class _Plain:
    """Converts a parsed document into JSON values, and counts them, because aliases can multiply."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0

    def value(self, value: Any, depth: int = 0) -> Any:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_VALUES:
            raise Refused(f"{self.name} {TOO_MUCH}.")
        if isinstance(value, dict):
            return {self._key(key): self.value(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.value(item, depth + 1) for item in value]
        if isinstance(value, datetime.date):
            return value.isoformat()
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int) and abs(value) < 10**400:
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        raise Refused(f"{self.name} holds a value that JSON does not have: {one_line(repr(value))[:60]}.")

    def _key(self, key: Any) -> str:
        if isinstance(key, str):
            return self._text(key)
        if isinstance(key, int | float | bool) or key is None:
            return str(key)
        raise Refused(f"{self.name} has the key {one_line(repr(key))[:60]}, but keys must be text.")

    def _text(self, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refused(f"{self.name} has text with half a character in it: {text[:60]!a}.") from None
        return text
