"""KeyConditionExpression as a range of keys. Calls condition_text and keys."""

from collections.abc import Iterator
from dataclasses import dataclass

from local.engine.items import keys, values
from local.engine.items.conditions import BeginsWith, Between, Both, Comparison, Condition, Operand, check_bounds
from local.engine.items.refusals import invalid, invalid_value
from local.engine.items.scope import Constant, Path, Scope
from local.engine.items.tables import Attribute
from local.engine.items.values import Value

PARAMETER = "KeyConditionExpression"
_UNSUPPORTED = "Query key condition not supported"


@dataclass(frozen=True)
class Range:
    """Rows with one hash key whose range key is at or after `low` and before `high`."""

    hash: bytes
    low: bytes = b""
    high: bytes | None = None
    """None where nothing ends it."""


@dataclass(frozen=True)
class _Part:
    """What is asked of one key attribute."""

    operator: str
    values: tuple[Value, ...]


def key_range(
    condition: Condition, scope: Scope, hashes: tuple[Attribute, ...], ranges: tuple[Attribute, ...]
) -> Range:
    """Raises ServiceError."""
    parts: dict[str, _Part] = {}
    for name, part in _parts(condition, scope):
        if name in parts:
            raise invalid(f"{PARAMETER}s must only contain one condition per key")
        parts[name] = part
    hash_bytes = b""
    for attribute in hashes:
        part = _part(parts, attribute)
        if part.operator != "=":
            raise invalid(_UNSUPPORTED)
        hash_bytes += keys.part(part.values[0])
    low, high = _bounds(parts, ranges)
    if parts:
        missed = next((attribute.name for attribute in ranges), next(iter(parts)))
        raise invalid(f"Query condition missed key schema element: {missed}")
    return Range(hash_bytes, low, high)


def _parts(condition: Condition, scope: Scope) -> Iterator[tuple[str, _Part]]:
    if isinstance(condition, Both):
        yield from _parts(condition.left, scope)
        yield from _parts(condition.right, scope)
        return
    operator, operands = _operands(condition)
    if operator == "<>":
        raise invalid(f"Invalid operator used in {PARAMETER}: <>")
    path, *constants = operands
    if isinstance(path, Constant) and len(constants) == 1 and isinstance(constants[0], Path):
        # As in :value < name.
        path, constants = constants[0], [path]
        operator = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
    given = tuple(scope.values[each.name] for each in constants if isinstance(each, Constant))
    if not isinstance(path, Path) or len(given) < len(constants):
        raise invalid(f"Invalid condition in {PARAMETER}: {operator} operator must have one of its operands be a key")
    steps = scope.resolve(path)
    if len(steps) > 1:
        raise invalid(f"Invalid {PARAMETER}: KeyConditionExpressions cannot contain nested operations")
    yield str(steps[0]), _Part(operator, given)


def _operands(condition: Condition) -> tuple[str, tuple[Operand, ...]]:
    if isinstance(condition, Comparison):
        return condition.operator, (condition.left, condition.right)
    if isinstance(condition, Between):
        return "BETWEEN", (condition.operand, condition.low, condition.high)
    if isinstance(condition, BeginsWith):
        return "begins_with", (condition.whole, condition.start)
    name = {"Either": "OR", "Not": "NOT", "Membership": "IN"}.get(type(condition).__name__, "function")
    raise invalid(f"Invalid operator used in {PARAMETER}: {name}")


def _part(parts: dict[str, _Part], attribute: Attribute) -> _Part:
    part = parts.pop(attribute.name, None)
    if part is None:
        raise invalid(f"Query condition missed key schema element: {attribute.name}")
    for value in part.values:
        if attribute.kind not in value:
            if part.operator == "begins_with" and attribute.kind == "N":
                break
            raise invalid_value("Condition parameter type does not match schema type")
        if value[attribute.kind] == "":
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty string value. Key: {attribute.name}"
            )
    return part


def _bounds(parts: dict[str, _Part], ranges: tuple[Attribute, ...]) -> tuple[bytes, bytes | None]:
    """Attributes from the left are equal to something; the last one with a condition may have any."""
    prefix = b""
    for attribute in ranges:
        if attribute.name not in parts:
            break
        part = _part(parts, attribute)
        if part.operator != "=":
            return _last(prefix, part)
        prefix += keys.part(part.values[0])
    return prefix, keys.after(prefix)


def _last(prefix: bytes, part: _Part) -> tuple[bytes, bytes | None]:
    if part.operator == "begins_with":
        if values.kind(part.values[0]) == "N":
            raise invalid(
                f"Invalid {PARAMETER}: Incorrect operand type for operator or function; "
                "operator or function: begins_with, operand type: N"
            )
        start = prefix + keys.unterminated(part.values[0])
        return start, keys.after(start)
    first = prefix + keys.part(part.values[0])
    if part.operator == "BETWEEN":
        low, high = part.values
        check_bounds(low, high, PARAMETER)
        return first, keys.after(prefix + keys.part(part.values[1]))
    return {
        "<": (prefix, first),
        "<=": (prefix, keys.after(first)),
        ">": (keys.after(first) or first, keys.after(prefix)),
        ">=": (first, keys.after(prefix)),
    }[part.operator]
