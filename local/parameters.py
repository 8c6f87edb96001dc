"""The values of a template's parameters, checked as CloudFormation checks them.

Called by template. Calls nothing.
"""

import re
from pathlib import Path
from typing import Any

from local.errors import LocalError

# A step that sends mail should work here without any setting: nothing is delivered.
_LOCAL_DEFAULTS = {"NotifyAddress": "you@example.com"}


def values_of(declared: dict[str, Any], overrides: dict[str, str], path: Path) -> dict[str, str]:
    """The value of every declared parameter."""
    for name in overrides:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise LocalError(f"{path} has no parameter {name}; it has {known}.")
    values = {}
    for name, rules in declared.items():
        value = overrides.get(name, _LOCAL_DEFAULTS.get(name, rules.get("Default")))
        if value is None:
            raise LocalError(f"{path} needs a value for the parameter {name}: --parameter-overrides {name}=…")
        values[name] = str(value)
        if allowed := _broken_rule(values[name], rules):
            raise LocalError(f"The parameter {name} is {values[name]!r}, but must be {allowed}.")
    return values


def _broken_rule(value: str, rules: dict[str, Any]) -> str | None:
    """What the value would have to be, if it is not."""
    pattern, choices = rules.get("AllowedPattern"), rules.get("AllowedValues")
    if pattern is not None and not re.fullmatch(pattern, value):
        said = str(rules.get("ConstraintDescription", f"like {pattern}"))
        return said.removeprefix("must be ")
    if len(value) > int(rules.get("MaxLength", len(value))):
        return str(rules.get("ConstraintDescription", f"up to {rules['MaxLength']} characters")).removeprefix(
            "must be "
        )
    if choices is not None and value not in [str(choice) for choice in choices]:
        return "one of " + ", ".join(str(choice) for choice in choices)
    if rules.get("Type") != "Number":
        return None
    try:
        number = float(value)
    except ValueError:
        return "a number"
    low, high = float(rules.get("MinValue", "-inf")), float(rules.get("MaxValue", "inf"))
    return None if low <= number <= high else f"a number from {rules.get('MinValue')} to {rules.get('MaxValue')}"
