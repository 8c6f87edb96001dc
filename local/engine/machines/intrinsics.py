"""The intrinsic functions of JSONPath states: States.Format and its kin. Calls text.

A function gets its arguments' values. What it raises of ValueError, TypeError or LookupError is the text of a
States.IntrinsicFailure.
"""

import base64
import hashlib
import math
import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from local.engine.machines.text import compact, parse

_MAX_ITEMS = 1000
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_PLACEHOLDER = re.compile(r"\\([{}'\\])|(\{\})|([{}])")


def _format(template: str, *values: Any) -> str:
    left = list(values)

    def filled(found: "re.Match[str]") -> str:
        if found[1]:
            return found[1]
        if found[3]:
            raise ValueError("a brace must be escaped with a backslash")
        if not left:
            raise ValueError(f"there are more placeholders than the {len(values)} values")
        return _text(left.pop(0))

    text = _PLACEHOLDER.sub(filled, _string(template))
    if left:
        raise ValueError(f"there are fewer placeholders than the {len(values)} values")
    return text


def _text(value: Any) -> str:
    """A value as it stands inside of a text. AWS writes arrays and objects as Java does: {key=[1, 2]}."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_text(item)}' for key, item in value.items())}}}"
    return compact(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{compact(value)} is not a string")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{compact(value)} is not an array")
    return value


def _integer(value: Any) -> int:
    """AWS rounds to the nearest integer, and half of one up."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{compact(value)} is not a number")
    return math.floor(value + 0.5)


def _array_partition(array: Any, size: Any) -> list[list[Any]]:
    items, length = _list(array), _integer(size)
    if length < 1:
        raise ValueError("the size of a chunk must be above 0")
    return [items[start : start + length] for start in range(0, len(items), length)]


def _same(one: Any, other: Any) -> bool:
    """JSON has no number that is a boolean."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, list | dict):
        return compact(one) == compact(other)
    return bool(one == other)


def _array_contains(array: Any, value: Any) -> bool:
    return any(_same(item, value) for item in _list(array))


def _array_range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, by = _integer(first), _integer(last), _integer(step)
    if by == 0:
        raise ValueError("the step must not be 0")
    items = range(start, end + (1 if by > 0 else -1), by)
    if len(items) > _MAX_ITEMS:
        raise ValueError(f"an array has {_MAX_ITEMS} items at most")
    return list(items)


def _array_get_item(array: Any, index: Any) -> Any:
    items, at = _list(array), _integer(index)
    if not 0 <= at < len(items):
        raise IndexError(f"there is no item {at} in an array of {len(items)}")
    return items[at]


def _array_unique(array: Any) -> list[Any]:
    unique: list[Any] = []
    for item in _list(array):
        if not any(_same(item, other) for other in unique):
            unique.append(item)
    return unique


_MAX_ENCODED = 10_000


def _short(value: Any) -> str:
    text = _string(value)
    if len(text) > _MAX_ENCODED:
        raise ValueError(f"a string must not be longer than {_MAX_ENCODED} characters")
    return text


def _base64_encode(value: Any) -> str:
    return base64.b64encode(_short(value).encode()).decode()


def _base64_decode(value: Any) -> str:
    return base64.b64decode(_short(value), validate=True).decode()


def _hash(value: Any, algorithm: Any) -> str:
    if algorithm not in _HASHES:
        raise ValueError(f"{compact(algorithm)} is not one of {', '.join(_HASHES)}")
    return hashlib.new(_HASHES[algorithm], _short(_text(value)).encode(), usedforsecurity=False).hexdigest()


def _json_merge(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    if deep is not False:
        raise ValueError("Step Functions merges only shallowly: the third argument must be false")
    if not (isinstance(first, dict) and isinstance(second, dict)):
        raise TypeError("both values must be objects")
    return {**first, **second}


def _math_random(start: Any, end: Any, seed: Any = None) -> int:
    low, high = _integer(start), _integer(end)
    if low >= high:
        raise ValueError("the end must be above the start")
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
    return chance.randrange(low, high)


def _string_split(text: Any, separators: Any) -> list[str]:
    string, by = _string(text), _string(separators)
    if not by:
        raise ValueError("the separator must not be empty")
    # AWS: each character separates, and nothing between two of them is no item.
    parts = string.split(by) if len(by) == 1 else re.split(f"[{re.escape(by)}]", string)
    return [part for part in parts if part]


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "Format": (_format, 1, 1000),
    "StringToJson": (lambda text: parse(_string(text)), 1, 1),
    "JsonToString": (compact, 1, 1),
    "Array": (lambda *items: list(items), 0, 1000),
    "ArrayPartition": (_array_partition, 2, 2),
    "ArrayContains": (_array_contains, 2, 2),
    "ArrayRange": (_array_range, 3, 3),
    "ArrayGetItem": (_array_get_item, 2, 2),
    "ArrayLength": (lambda array: len(_list(array)), 1, 1),
    "ArrayUnique": (_array_unique, 1, 1),
    "Base64Encode": (_base64_encode, 1, 1),
    "Base64Decode": (_base64_decode, 1, 1),
    "Hash": (_hash, 2, 2),
    "JsonMerge": (_json_merge, 3, 3),
    "MathRandom": (_math_random, 2, 3),
    "MathAdd": (lambda one, other: _integer(one) + _integer(other), 2, 2),
    "StringSplit": (_string_split, 2, 2),
    "UUID": (lambda: str(uuid.uuid4()), 0, 0),
}
"""Each function, and how many arguments it has at least and at most."""
