"""The `{{ … }}` of inputs: paths into the exports of earlier steps, the event and the environment.

    {{steps.fetch.$return_value.items[0]["x y"]}}    {{event.body.id}}    {{process.env.REGION}}

Anything else between the braces is JavaScript, which is reported, not run. The importer uses this module, too.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNDEFINED = object()
"""The result of a path that leads nowhere."""

_IDENTIFIER = r"(?:[^\W\d]|\$)[\w$]*+"
_ROOT = re.compile(rf"\s*+(?:process\s*+\.\s*+(?=env\b))?+({_IDENTIFIER})")
_QUOTED = r""""(?:[^"\\]|\\["'\\])*+"|'(?:[^'\\]|\\["'\\])*+'"""
_KEY = re.compile(
    rf"\s*+(?:(?:\?\.|\.)\s*+(?P<name>{_IDENTIFIER})"
    rf"|(?:\?\.)?+\s*+\[\s*+(?:(?P<index>\d++)|(?P<quoted>{_QUOTED}))\s*+\])"
)
_END = re.compile(r"\s*+\}\}")
_MARK = re.compile(r"""\\.|["'`{}]""", re.DOTALL)


class NoPath(ValueError):
    """An expression that is not a path. `expression` is the text between its braces."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        super().__init__(f"{{{{{expression}}}}} is JavaScript, not a path.")


@dataclass(frozen=True, slots=True)
class Path:
    """`root` is steps, event or env."""

    root: str
    keys: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """An expression that is not a path."""

    text: str


Part = str | Path | Script


def problems(text: str) -> list[str]:
    """The expressions in a text that are not paths: the text between their braces, in order."""
    return [part.text for part in _parts(text) if isinstance(part, Script)]


def resolve(text: str, steps: Callable[[], Mapping[str, Any]], env: Mapping[str, str] = os.environ) -> Any:
    """A text with its expressions replaced by their values. Raises NoPath.

    A text that is one expression becomes the value itself, or None if the path leads nowhere. In a longer text a value
    is written as in JavaScript, objects and lists as JSON. `steps` is called only if a path needs it.
    """
    if "{{" not in text:
        return text
    parts = list(_parts(text.strip()))
    if len(parts) == 1 and isinstance(parts[0], Path):
        found = _look_up(parts[0], steps, env)
        if found is UNDEFINED:
            return None
        # A copy: a change to an input must not change pd.steps.
        return json.loads(json.dumps(found))
    return "".join(part if isinstance(part, str) else _written(_look_up(part, steps, env)) for part in _parts(text))


def _parts(text: str) -> Iterator[Part]:
    """The parts of a text. Takes time linear in its length, for any content."""
    position = 0
    careful = True
    while (start := text.find("{{", position)) >= 0:
        path, end = _path(text, start + 2)
        if path:
            part: Part = path
        else:
            end = -1
            if careful:
                end = _end_of_script(text, start + 2)
            if end < 0:
                # Unbalanced quotes or braces: from here on, the next }} is the end.
                careful = False
                end = text.find("}}", start + 2) + 2
            if end < 2:
                break
            part = Script(text[start + 2 : end - 2])
        if start > position:
            yield text[position:start]
        yield part
        position = end
    if position < len(text):
        yield text[position:]


def _path(text: str, position: int) -> tuple[Path | None, int]:
    """The path between braces that open before `position`, and where its closing braces end."""
    root = _ROOT.match(text, position)
    if not root or root[1] not in ("steps", "event", "env"):
        return None, -1
    keys: list[str | int] = []
    position = root.end()
    while key := _KEY.match(text, position):
        keys.append(_key(key))
        position = key.end()
    end = _END.match(text, position)
    if not end or (root[1] == "env" and len(keys) != 1):
        return None, -1
    return Path(root[1], tuple(keys)), end.end()


def _key(found: re.Match[str]) -> str | int:
    index = found["index"]
    if index:
        # A longer number exceeds any list, and Python refuses to parse thousands of digits.
        return int(index) if len(index) < 16 else index
    return found["name"] or re.sub(r"\\(.)", r"\1", found["quoted"][1:-1])


def _end_of_script(text: str, position: int) -> int:
    """The position after the braces that end a script with its quotes, objects and functions; -1 if it does not end."""
    depth = 0
    quote = ""
    for mark in _MARK.finditer(text, position):
        sign = mark[0]
        if quote:
            if sign == quote:
                quote = ""
        elif sign in "\"'`":
            quote = sign
        elif sign == "{":
            depth += 1
        elif sign == "}" and depth:
            depth -= 1
        elif text.startswith("}}", mark.start()):
            return mark.end() + 1
    return -1


def _look_up(part: Path | Script, steps: Callable[[], Mapping[str, Any]], env: Mapping[str, str]) -> Any:
    if isinstance(part, Script):
        raise NoPath(part.text)
    keys = part.keys
    if part.root == "event":
        keys = ("trigger", "event", *keys)
    found: Any = env if part.root == "env" else steps()
    for key in keys:
        found = _member(found, key)
    return found


def _member(value: Any, key: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(str(key), UNDEFINED)
    if not isinstance(value, list | str):
        return UNDEFINED
    if key == "length":
        return _length(value)
    if isinstance(key, str) and not re.fullmatch(r"0|[1-9][0-9]{0,14}", key):
        return UNDEFINED
    index = int(key)
    if index >= len(value):
        return UNDEFINED
    return value[index]


def _length(value: list[Any] | str) -> int:
    if isinstance(value, list):
        return len(value)
    return len(value.encode("utf-16-le", "surrogatepass")) // 2  # JavaScript counts UTF-16


def _written(value: Any) -> str:
    """A value as a part of a text."""
    if isinstance(value, str):
        return value
    if value is UNDEFINED:
        # As in JavaScript. Not an empty text: DELETE …/items/ is a different request from …/items/undefined.
        return "undefined"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _number(value: float) -> str:
    """A number as JavaScript prints it: 1, 0.1, 1e+21, 1e-7."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if 1e-6 <= abs(value) < 1e-4:  # Python writes an exponent here, JavaScript does not
        from decimal import Decimal

        return f"{Decimal(repr(value)):f}"
    return re.sub(r"e([+-])0", r"e\1", repr(value))
