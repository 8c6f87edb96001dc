"""Paths, context paths, intrinsic functions and payload templates, compiled to functions. Calls paths, intrinsics.

A function gets the data that its field is about and the context object.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from local.engine.machines.failures import RUNTIME, PathFailure, StateFailure, Unsupported
from local.engine.machines.intrinsics import FUNCTIONS
from local.engine.machines.paths import reader
from local.engine.machines.text import compact

Evaluate = Callable[[Any, Any], Any]
"""(data, context) -> value. Raises PathFailure or StateFailure."""


@lru_cache(maxsize=4096)
def path(text: str) -> Evaluate:
    """A path into the data, or one into the context object, which begins with $$. Raises Unsupported."""
    if text.startswith("$$"):
        read = reader(text[1:])
        return lambda _data, context: read(context)
    read = reader(text)
    return lambda data, _context: read(data)


@lru_cache(maxsize=4096)
def expression(text: str) -> Evaluate:
    """A path or an intrinsic function. Raises Unsupported."""
    if text.startswith("$"):
        return path(text)
    parser = _Parser(text)
    evaluate = parser.call()
    parser.end()
    return evaluate


def template(value: Any) -> Evaluate:
    """A payload template: JSON whose keys may end with .$ and have expressions as values. Raises Unsupported."""
    evaluate = _dynamic(value)
    return evaluate or (lambda _data, _context: value)


def _dynamic(value: Any) -> Evaluate | None:
    """None for what is the same each time."""
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        return _array(value)
    return None


def _object(fields: dict[str, Any]) -> Evaluate | None:
    evaluated: list[tuple[str, Evaluate]] = []
    for key, value in fields.items():
        if not key.endswith(".$"):
            if inner := _dynamic(value):
                evaluated.append((key, inner))
            continue
        if not isinstance(value, str):
            raise Unsupported(f"{key} is not a string")
        evaluated.append((key[:-2], _field(key, value)))
    if not evaluated:
        return None
    # In the order of the template, and with its constants.
    blank = {key.removesuffix(".$"): value for key, value in fields.items()}

    def evaluate(data: Any, context: Any) -> Any:
        result = blank.copy()
        for key, inner in evaluated:
            result[key] = inner(data, context)
        return result

    return evaluate


def _field(key: str, text: str) -> Evaluate:
    inner = expression(text)

    def evaluate(data: Any, context: Any) -> Any:
        try:
            return inner(data, context)
        except PathFailure as failure:
            given = compact(context if text.startswith("$$") else data)
            raise StateFailure(
                RUNTIME,
                f"The JSONPath '{failure}' specified for the field '{key}' could not be found in the input '{given}'",
            ) from None

    return evaluate


def _array(items: list[Any]) -> Evaluate | None:
    inner = [_dynamic(item) for item in items]
    if not any(inner):
        return None
    pairs = list(zip(items, inner, strict=True))

    def evaluate(data: Any, context: Any) -> Any:
        return [dynamic(data, context) if dynamic else item for item, dynamic in pairs]

    return evaluate


_TOKEN = re.compile(
    r"""\s*(?:
        States\.(?P<function>\w+)\s*\(
      | '(?P<string>(?:[^'\\]|\\.)*)'
      | (?P<path>\$(?:[^,()'"\s\[]|\[[^\]]*\])*)
      | (?P<constant>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)
      | (?P<sign>[,)])
    )""",
    re.VERBOSE,
)


class _Parser:
    """One expression's text, from its begin to its end."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def call(self) -> Evaluate:
        begin = self._at
        token = self._next()
        if not token["function"]:
            raise Unsupported(self._text)
        arguments = self._arguments()
        return _call(self._text[begin : self._at].strip(), token["function"], arguments)

    def end(self) -> None:
        if self._text[self._at :].strip():
            raise Unsupported(self._text)

    def _arguments(self) -> list[tuple[bool, Any]]:
        """(whether it is evaluated, function or constant) of each."""
        arguments: list[tuple[bool, Any]] = []
        while True:
            before, token = self._at, self._next()
            if token["sign"] == ")" and not arguments:
                return arguments
            arguments.append(self._argument(token, before))
            token = self._next()
            if token["sign"] == ")":
                return arguments
            if token["sign"] != ",":
                raise Unsupported(self._text)

    def _argument(self, token: "re.Match[str]", before: int) -> tuple[bool, Any]:
        if token["function"]:
            self._at = before
            return True, self.call()
        if token["path"]:
            return True, path(token["path"])
        if token["string"] is not None:
            return False, token["string"]
        if token["constant"]:
            return False, json.loads(token["constant"])
        raise Unsupported(self._text)

    def _next(self) -> "re.Match[str]":
        token = _TOKEN.match(self._text, self._at)
        if not token:
            raise Unsupported(self._text)
        self._at = token.end()
        return token


def _call(text: str, name: str, arguments: list[tuple[bool, Any]]) -> Evaluate:
    if name not in FUNCTIONS:
        raise Unsupported(f"States.{name}")
    function, least, most = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise Unsupported(text)
    # Format reads the backslashes of its template, where \{ is no placeholder.
    plain: list[tuple[bool, Any]] = [
        (is_evaluated, _unescaped(value) if isinstance(value, str) and (number or name != "Format") else value)
        for number, (is_evaluated, value) in enumerate(arguments)
    ]

    def evaluate(data: Any, context: Any) -> Any:
        values = [value(data, context) if is_evaluated else value for is_evaluated, value in plain]
        try:
            return function(*values)
        except (ValueError, TypeError, LookupError) as error:
            raise StateFailure(
                "States.IntrinsicFailure", f"The function '{text}' had the following error: {error}"
            ) from None

    return evaluate


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
