"""Compares two values, then continues the workflow or ends it. Stands for Pipedream's filter actions."""

import json
import re

NULL = (None, "null", "undefined")


def handler(pd):
    given = pd.inputs
    met = is_met(given["condition"], given.get("initialValue"), given.get("secondValue"), given)
    if met == (given["continueOrEnd"] == "CONTINUE"):
        return given.get("messageOnContinue")
    return pd.flow.exit(given.get("messageOnEnd"))


def is_met(condition, value, other, given):
    fold = text if given.get("caseSensitive") else lambda value: text(value).lower()
    # Without a type, 1 is not "1".
    typed = {"TEXT": fold, "NUMBER": number}.get(given.get("arrayType"), json.dumps)
    compare = {
        "CONTAINS": lambda: fold(other) in fold(value),
        "TEXT_EQUALS": lambda: fold(value) == fold(other),
        "STARTS_WITH": lambda: fold(value).startswith(fold(other)),
        "ENDS_WITH": lambda: fold(value).endswith(fold(other)),
        "GREATER_THAN": lambda: number(value) > number(other),
        "GREATER_THAN_EQUALS": lambda: number(value) >= number(other),
        "LESS_THAN": lambda: number(value) < number(other),
        "LESS_THAN_EQUALS": lambda: number(value) <= number(other),
        "EQUALS": lambda: number(value) == number(other),
        # Empty lists and objects count as true, as in JavaScript.
        "TRUE": lambda: isinstance(value, list | dict) or bool(value),
        "FALSE": lambda: not isinstance(value, list | dict) and not value,
        "IS_NULL": lambda: value in NULL,
        "IN_ARRAY": lambda: typed(value) in [typed(item) for item in parsed(other)],
        "KEY_EXISTS": lambda: parsed(other).get(text(value)) not in NULL,
    }
    if condition in compare:
        return compare[condition]()
    if condition == "NOT_NULL":
        return not compare["IS_NULL"]()
    # NOT_CONTAINS, TEXT_NOT_EQUALS and so on: the opposite of the condition without NOT.
    return not compare[condition.replace("NOT_", "")]()


def text(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def number(value):
    """The number at the beginning of a text, as in JavaScript."""
    found = re.match(r"\s*([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)", text(value), re.IGNORECASE)
    if not found:
        raise ValueError(f"{value!r} is not a number.")
    return float(found[1])


def parsed(value):
    return json.loads(value) if isinstance(value, str) else value
