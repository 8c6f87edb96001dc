"""Attribute values as the API writes them, such as {"S": "text"}: checks, sizes, equality, order. Calls numbers."""

import base64
import binascii
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.engine.items import numbers
from local.engine.items.refusals import invalid, invalid_value, unreadable

Value = dict[str, Any]
Item = dict[str, Value]

MAX_ITEM_BYTES = 400 * 1024
_MAX_DEPTH = 32
_ELEMENT_BYTES = 1
_DOCUMENT_BYTES = 3


def kind(value: Value) -> str:
    """S, N, B, SS, NS, BS, BOOL, NULL, L or M."""
    return next(iter(value))


def check_item(item: Any) -> int:
    """The bytes that an item counts for. Writes its numbers in their one form. Raises ServiceError."""
    if type(item) is not dict:
        raise unreadable("Unexpected field type")
    size = 0
    for name, value in item.items():
        size += text_size(name) + check(value)
    return size


def check(value: Any, depth: int = 1) -> int:
    """The bytes that a value counts for. Writes its numbers in their one form. Raises ServiceError."""
    if type(value) is not dict:
        raise unreadable("Unexpected value type in payload")
    if len(value) != 1:
        found = "has more than one datatypes set" if value else "is empty"
        raise invalid(f"Supplied AttributeValue {found}, must contain exactly one of the supported datatypes")
    ((name, content),) = value.items()
    if name == "S" and type(content) is str:
        return text_size(content)
    check_content = _CHECKS.get(name)
    if check_content is None:
        raise invalid(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
            if name != "S"
            else f"{type(content).__name__} cannot be converted to String"
        )
    if type(content) is not _TYPES[name]:
        raise unreadable(f"Unexpected value type in payload: {name}")
    return check_content(value, content, depth)


def text_size(text: str) -> int:
    """Bytes as UTF-8."""
    return len(text) if text.isascii() else len(encoded(text))


def encoded(text: str) -> bytes:
    """UTF-8, also of half a surrogate pair, which JSON can hold."""
    return text.encode("utf-8", "surrogatepass")


def _check_text(_value: Value, content: str, _depth: int) -> int:
    return text_size(content)


def _check_number(value: Value, content: str, _depth: int) -> int:
    value["N"] = numbers.canonical(content)
    return numbers.size(value["N"])


def _check_binary(value: Value, content: str, _depth: int) -> int:
    decoded = binary(content)
    value["B"] = base64.b64encode(decoded).decode()
    return len(decoded)


def binary(content: str) -> bytes:
    """What a base64 text holds. Raises ServiceError."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise unreadable("Base64 encoded length is expected a multiple of 4 bytes but found otherwise") from None


def _check_flag(_value: Value, _content: bool, _depth: int) -> int:
    return 1


def _check_null(_value: Value, content: bool, _depth: int) -> int:
    if not content:
        raise invalid_value("Null attribute value types must have the value of true")
    return 1


def _check_set(value: Value, content: list[Any], depth: int) -> int:
    name = kind(value)
    if not content:
        what = {"SS": "An string set  may not be empty", "NS": "An number set  may not be empty"}
        raise invalid_value(what.get(name, "Binary sets should not be empty"))
    elements = [{name[0]: element} for element in content]
    size = sum(check(element, depth) for element in elements)
    value[name] = [element[name[0]] for element in elements]
    if len(set(value[name])) < len(content):
        raise invalid_value(f"Input collection [{', '.join(content)}] contains duplicates.")
    if "" in value[name]:
        raise invalid_value(f"An {_SETS[name]} may not have a empty string as a member")
    return size


_SETS = {"SS": "string set", "NS": "number set", "BS": "binary set"}


def _check_list(_value: Value, content: list[Any], depth: int) -> int:
    _check_depth(depth)
    return _DOCUMENT_BYTES + sum(_ELEMENT_BYTES + check(each, depth + 1) for each in content)


def _check_map(_value: Value, content: dict[str, Any], depth: int) -> int:
    _check_depth(depth)
    return _DOCUMENT_BYTES + sum(
        _ELEMENT_BYTES + text_size(name) + check(each, depth + 1) for name, each in content.items()
    )


def _check_depth(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise invalid_value("Nesting Levels have exceeded supported limits")


_CHECKS: dict[str, Callable[[Value, Any, int], int]] = {
    "S": _check_text,
    "N": _check_number,
    "B": _check_binary,
    "BOOL": _check_flag,
    "NULL": _check_null,
    "SS": _check_set,
    "NS": _check_set,
    "BS": _check_set,
    "L": _check_list,
    "M": _check_map,
}
_TYPES = {
    "S": str, "N": str, "B": str, "BOOL": bool, "NULL": bool, "SS": list, "NS": list, "BS": list, "L": list, "M": dict,
}  # fmt: skip
KINDS = frozenset(_CHECKS)


def equal(left: Value, right: Value) -> bool:
    """Whether two checked values are the same."""
    ((left_kind, left_content),) = left.items()
    ((right_kind, right_content),) = right.items()
    if left_kind != right_kind:
        return False
    if left_kind in _SETS:
        return set(left_content) == set(right_content)
    if left_kind == "L":
        return len(left_content) == len(right_content) and all(map(equal, left_content, right_content))
    if left_kind == "M":
        return left_content.keys() == right_content.keys() and all(
            equal(value, right_content[name]) for name, value in left_content.items()
        )
    return bool(left_content == right_content)


def order(left: Value, right: Value) -> int | None:
    """Below 0, 0 or above 0 as `left` is before, beside or behind `right`; None for what has no order."""
    name = kind(left)
    if name != kind(right) or name not in _ORDERS:
        return None
    first, second = _ORDERS[name](left[name]), _ORDERS[name](right[name])
    return int(first > second) - int(first < second)


# Python compares texts by code point, which is the order of their bytes as UTF-8.
_ORDERS: dict[str, Callable[[str], Any]] = {"S": str, "N": Decimal, "B": binary}
ORDERED = frozenset(_ORDERS)


def length(value: Value) -> int | None:
    """What the function size() says; None where it says nothing."""
    name = kind(value)
    if name in ("N", "BOOL", "NULL"):
        return None
    return check(value) if name in ("S", "B") else len(value[name])


def contains(whole: Value, part: Value) -> bool:
    """What the function contains() says."""
    ((name, content),) = whole.items()
    if name == "L":
        return any(equal(element, part) for element in content)
    if name in _SETS:
        return kind(part) == name[0] and part[name[0]] in content
    if name == kind(part) == "S":
        return part["S"] in content
    if name == kind(part) == "B":
        return binary(part["B"]) in binary(content)
    return False


def begins_with(whole: Value, start: Value) -> bool:
    """What the function begins_with() says."""
    name = kind(whole)
    if name != kind(start) or name not in ("S", "B"):
        return False
    if name == "S":
        return bool(whole["S"].startswith(start["S"]))
    return binary(whole["B"]).startswith(binary(start["B"]))
