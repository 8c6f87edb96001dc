"""What a request says with its expressions, all of which share its names and values. Calls reader and scope."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from local.engine.errors import ServiceError
from local.engine.items import condition_text, values
from local.engine.items.conditions import Condition
from local.engine.items.reader import Expression
from local.engine.items.refusals import invalid, unreadable
from local.engine.items.scope import Scope

_LEGACY = ("Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter", "AttributesToGet",
           "ConditionalOperator")  # fmt: skip
_NAMES, _VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"


def refuse_legacy(request: dict[str, Any]) -> None:
    """Raises ServiceError for parameters of before there were expressions, which AWS still takes."""
    for parameter in _LEGACY:
        if parameter in request:
            raise invalid(f"{parameter} is a legacy parameter that the local DynamoDB does not have: use expressions.")


def read(request: dict[str, Any], parameter: str, parse: Callable[[str], Expression[Any]]) -> Expression[Any] | None:
    """The expression that a parameter has; None where the request has no such parameter. Raises ServiceError."""
    text = request.get(parameter)
    if text is None:
        return None
    if type(text) is not str:
        raise unreadable("Unexpected field type")
    return parse(text)


def condition(request: dict[str, Any], parameter: str) -> Expression[Condition] | None:
    """The condition that a parameter has. Raises ServiceError."""
    return read(request, parameter, lambda text: condition_text.parse(parameter, text))


def scope(request: dict[str, Any], expressions: Sequence[Expression[Any] | None]) -> Scope:
    """The names and values of a request, each of which some expression uses. Raises ServiceError."""
    names, given = request.get(_NAMES), request.get(_VALUES)
    for parameter in (names, given):
        if parameter is not None and type(parameter) is not dict:
            raise unreadable("Unexpected field type")
    used = tuple(expression for expression in expressions if expression)
    _check_placeholders(used, _placeholders(names), _placeholders(given))
    if names and not all(type(name) is str for name in names.values()):
        raise unreadable("Unexpected field type")
    if given:
        _check_values(given)
    return Scope(names or {}, given or {})


def _placeholders(given: dict[str, Any] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)


@lru_cache(maxsize=2048)
def _check_placeholders(
    used: tuple[Expression[Any], ...], names: tuple[str, ...] | None, given: tuple[str, ...] | None
) -> None:
    """Raises ServiceError. What was right is right again for the next request of this kind."""
    for parameter, sign, placeholders in ((_NAMES, "#", names), (_VALUES, ":", given)):
        if placeholders is not None and not used:
            raise invalid(f"{parameter} can only be specified when using expressions")
        if placeholders == ():
            raise invalid(f"{parameter} must not be empty")
        for placeholder in placeholders or ():
            if not re.fullmatch(f"{sign}[A-Za-z0-9_]+", placeholder):
                raise invalid(f'{parameter} contains invalid key: Syntax error; key: "{placeholder}"')
    for expression in used:
        _check_defined(expression, set(names or ()), set(given or ()))
    _check_used(_NAMES, set(names or ()), [expression.names for expression in used])
    _check_used(_VALUES, set(given or ()), [expression.values for expression in used])


def _check_values(given: dict[str, Any]) -> None:
    for placeholder, value in given.items():
        try:
            values.check(value)
        except ServiceError as error:
            if error.code != "ValidationException":
                raise
            raise invalid(
                f"ExpressionAttributeValues contains invalid value: {error.message} for key {placeholder}"
            ) from None


def _check_defined(expression: Expression[Any], names: set[str], given: set[str]) -> None:
    for name in sorted(expression.names - names):
        raise invalid(
            f"Invalid {expression.parameter}: An expression attribute name used in the document path is not defined; "
            f"attribute name: {name}"
        )
    for value in sorted(expression.values - given):
        raise invalid(
            f"Invalid {expression.parameter}: An expression attribute value used in expression is not defined; "
            f"attribute value: {value}"
        )


def _check_used(parameter: str, given: set[str], used: list[frozenset[str]]) -> None:
    spare = given.difference(*used)
    if spare:
        raise invalid(f"Value provided in {parameter} unused in expressions: keys: {{{', '.join(sorted(spare))}}}")
