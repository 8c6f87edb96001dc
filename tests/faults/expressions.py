"""The paths, intrinsic functions and comparisons that the project's state machine uses. Called by `machine`.

What it does not use is not here: a state that wants more fails with a KeyError that names it.
"""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<call>States\.\w+)\(|'(?P<text>[^']*)'|(?P<path>\$\$?[\w.]*)|(?P<number>-?\d+)|(?P<sign>[,)]))"
)


def filled(template: Any, data: Any, context: Any, uuid: Callable[[], str]) -> Any:
    """A payload template with the values that its keys ending in .$ ask for."""
    if isinstance(template, list):
        return [filled(each, data, context, uuid) for each in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): _Expression(value, data, context, uuid).value()
        if name.endswith(".$")
        else filled(value, data, context, uuid)
        for name, value in template.items()
    }


def found(path: str, data: Any, context: Any = None) -> Any:
    """What a path leads to. Raises KeyError, and TypeError where there is nothing to look into."""
    value = context if path.startswith("$$") else data
    for name in path.lstrip("$").split("."):
        value = value[name] if name else value
    return value


def placed(data: Any, path: str | None, result: Any) -> Any:
    """The data with a result where ResultPath says: in place of all by "$", nowhere by null."""
    if path is None:
        return data
    if path == "$":
        return result
    return {**data, path.removeprefix("$."): result}


def holds(rule: dict[str, Any], data: Any) -> bool:
    """Whether a choice's rule is true."""
    if "Or" in rule:
        return any(holds(each, data) for each in rule["Or"])
    ((comparison, wanted),) = ((name, value) for name, value in rule.items() if name not in ("Variable", "Next"))
    try:
        value, present = found(rule["Variable"], data), True
    except (KeyError, TypeError):
        value, present = None, False
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    told = {
        "IsPresent": present,
        "IsNull": present and value is None,
        "IsString": isinstance(value, str),
        "IsNumeric": is_number,
        "IsBoolean": isinstance(value, bool),
        "StringEquals": value,
    }
    return bool(told[comparison] == wanted)


class _Expression:
    """A path or a call of intrinsic functions, read from left to right."""

    def __init__(self, text: str, data: Any, context: Any, uuid: Callable[[], str]) -> None:
        self._text, self._position = text, 0
        self._data, self._context, self._uuid = data, context, uuid

    def value(self) -> Any:
        token = self._next()
        if token["call"]:
            return self._called(token["call"])
        if token["path"]:
            return found(token["path"], self._data, self._context)
        return token["text"] if token["text"] is not None else int(token["number"])

    def _called(self, name: str) -> Any:
        arguments = []
        while not self._text[self._position :].lstrip().startswith(")"):
            arguments.append(self.value())
            if self._text[self._position :].lstrip().startswith(","):
                self._next()
        self._next()
        functions: dict[str, Callable[..., Any]] = {
            "States.ArrayGetItem": lambda array, index: array[index],
            "States.ArrayLength": len,
            "States.Format": lambda text, *values: text.replace("{}", "%s") % values,
            "States.Hash": lambda text, _algorithm: sha256(text.encode()).hexdigest(),
            "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":")),
            "States.StringSplit": lambda text, separator: text.split(separator),
            "States.UUID": self._uuid,
        }
        return functions[name](*arguments)

    def _next(self) -> re.Match[str]:
        token = TOKEN.match(self._text, self._position)
        assert token, f"{self._text!r} can't be read from {self._position} on"
        self._position = token.end()
        return token
