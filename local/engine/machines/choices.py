"""The rules of a Choice, compiled to functions. Calls expressions."""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.engine.machines.expressions import Evaluate, path
from local.engine.machines.failures import RUNTIME, PathFailure, StateFailure, Unsupported

Rule = Callable[[Any, Any], bool]
"""(data, context) -> whether it holds. Raises StateFailure where there is nothing to compare."""

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def timestamp(text: str) -> datetime:
    """The moment that a timestamp of the States Language is. Raises ValueError."""
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError(text)
    # Python reads six digits of a second at most.
    short = re.sub(r"(\.\d{6})\d+", r"\1", text)
    return datetime.fromisoformat(short).astimezone(UTC)


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _moment(value: Any) -> datetime:
    return timestamp(_text(value))


_KINDS: dict[str, Callable[[Any], Any]] = {"String": _text, "Numeric": _number, "Timestamp": _moment}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}

_COMPARISONS = {f"{kind}{order}": (read, compare) for kind, read in _KINDS.items() for order, compare in _ORDER.items()}
_COMPARISONS["BooleanEquals"] = (_boolean, operator.eq)


def _is(read: Callable[[Any], Any], value: Any) -> bool:
    try:
        read(value)
    except (TypeError, ValueError):
        return False
    return True


_TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _is(_number, value),
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _is(_moment, value),
}

_NO_OPERATORS = {"Variable", "Next", "Comment"}


def rule(definition: dict[str, Any]) -> Rule:
    """The function for one entry of Choices, or for a part of one. Raises Unsupported."""
    if "And" in definition:
        parts = [rule(part) for part in definition["And"]]
        return lambda data, context: all(part(data, context) for part in parts)
    if "Or" in definition:
        parts = [rule(part) for part in definition["Or"]]
        return lambda data, context: any(part(data, context) for part in parts)
    if "Not" in definition:
        part = rule(definition["Not"])
        return lambda data, context: not part(data, context)
    operators = definition.keys() - _NO_OPERATORS
    if len(operators) != 1 or "Variable" not in definition:
        raise Unsupported(f"the choice rule {definition}")
    name = operators.pop()
    return _comparison(definition["Variable"], name, definition[name])


def _comparison(variable: str, name: str, wanted: Any) -> Rule:
    read = path(variable)
    if name == "IsPresent":
        return lambda data, context: _is_present(read, data, context) is wanted
    value_of = _value_of(read)
    if test := _TESTS.get(name):
        return lambda data, context: test(value_of(data, context)) is wanted
    if name == "StringMatches":
        pattern = _pattern(wanted)
        return lambda data, context: _matches(pattern, value_of(data, context))
    base = name.removesuffix("Path")
    if base not in _COMPARISONS:
        raise Unsupported(f"the comparison {name}")
    kind, compare = _COMPARISONS[base]
    other = _value_of(path(wanted)) if name != base else _constant(kind(wanted))

    def holds(data: Any, context: Any) -> bool:
        value = value_of(data, context)
        than = other(data, context)
        try:
            return bool(compare(kind(value), than if than.__class__ is datetime else kind(than)))
        except (TypeError, ValueError):
            return False  # Values of another type are not equal, and neither is above the other.

    return holds


def _constant(value: Any) -> Evaluate:
    return lambda _data, _context: value


def _value_of(read: Evaluate) -> Evaluate:
    def value_of(data: Any, context: Any) -> Any:
        try:
            return read(data, context)
        except PathFailure as failure:
            raise StateFailure(
                RUNTIME, f"Invalid path '{failure}': The choice state's condition path references an invalid value."
            ) from None

    return value_of


def _is_present(read: Evaluate, data: Any, context: Any) -> bool:
    try:
        read(data, context)
    except PathFailure:
        return False
    return True


def _pattern(text: str) -> "re.Pattern[str]":
    r"""A * stands for anything, a \* for itself."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    return re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in parts), re.DOTALL)


def _matches(pattern: "re.Pattern[str]", value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
