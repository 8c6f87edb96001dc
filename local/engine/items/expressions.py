"""What a request says with its expressions, all of which share its names and values. Calls reader and scope."""

from collections.abc import Callable, Sequence
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
    used = [expression for expression in expressions if expression]
    if names is not None:
        _check_placeholders(_NAMES, names, "#", used)
    if given is not None:
        _check_placeholders(_VALUES, given, ":", used)
        _check_values(given)
    known = Scope(names or {}, given or {})
    for expression in used:
        _check_defined(expression, known)
    _check_used(_NAMES, known.names.keys(), [expression.names for expression in used])
    _check_used(_VALUES, known.values.keys(), [expression.values for expression in used])
    return known


def _check_placeholders(parameter: str, given: Any, sign: str, used: Sequence[Expression[Any]]) -> None:
    if type(given) is not dict:
        raise unreadable("Unexpected field type")
    if not used:
        raise invalid(f"{parameter} can only be specified when using expressions")
    if not given:
        raise invalid(f"{parameter} must not be empty")
    for placeholder, stands_for in given.items():
        bare = placeholder[1:].replace("_", "")
        if (
            not placeholder.startswith(sign)
            or len(placeholder) < 2
            or (bare and not (bare.isascii() and bare.isalnum()))
        ):
            raise invalid(f'{parameter} contains invalid key: Syntax error; key: "{placeholder}"')
        if parameter == _NAMES and type(stands_for) is not str:
            raise unreadable("Unexpected field type")


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


def _check_defined(expression: Expression[Any], known: Scope) -> None:
    for name in expression.names - known.names.keys():
        raise invalid(
            f"Invalid {expression.parameter}: An expression attribute name used in the document path is not defined; "
            f"attribute name: {name}"
        )
    for value in expression.values - known.values.keys():
        raise invalid(
            f"Invalid {expression.parameter}: An expression attribute value used in expression is not defined; "
            f"attribute value: {value}"
        )


def _check_used(parameter: str, given: Any, used: list[frozenset[str]]) -> None:
    spare = given - frozenset().union(*used) if given else ()
    if spare:
        raise invalid(f"Value provided in {parameter} unused in expressions: keys: {{{', '.join(sorted(spare))}}}")
