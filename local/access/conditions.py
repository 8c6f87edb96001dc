"""The Condition of a statement. Called by policies. Calls nothing of local."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any


def hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Whether all conditions hold in the context of a request. One by an operator that is not known here does not."""
    return all(
        _holds(operator, [str(value).lower() if isinstance(value, bool) else str(value) for value in as_list(values)],
               _value(context, key))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> "re.Pattern[str]":
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def like(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern with * and ? says."""
    return _pattern(pattern).fullmatch(text) is not None


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": lambda wanted, text: wanted.lower() == text.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, text: wanted.lower() == text.lower(),
}


def _holds(operator: str, wanted: list[str], value: str | None) -> bool:
    if operator == "Null":
        return (value is None) == (wanted == ["true"])
    operator, if_exists = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    name = operator.replace("Not", "", 1)
    if name not in _OPERATORS:
        return False
    # A negated operator holds also where there is no such key.
    if value is None:
        return if_exists or name != operator
    return any(_OPERATORS[name](each, value) for each in wanted) == (name == operator)


def _value(context: Mapping[str, str], key: str) -> str | None:
    # The names of keys are not case-sensitive.
    return next((value for name, value in context.items() if name.lower() == key.lower()), None)
