"""ConditionExpression and FilterExpression: what each part of one says of an item. Calls scope.

Values that are not there make a comparison false, and `<>` true.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from local.engine.errors import ServiceError
from local.engine.items import values
from local.engine.items.refusals import invalid
from local.engine.items.scope import Constant, Path, Scope, shown
from local.engine.items.values import Item, Value


class Operand(Protocol):
    def value(self, item: Item, scope: Scope) -> Value | None: ...


class Condition(Protocol):
    def holds(self, item: Item, scope: Scope) -> bool:
        """Whether it is true of an item; one that is not there is empty."""

    def check(self, scope: Scope, parameter: str) -> None:
        """Raises ServiceError for what is wrong in each case, whatever the item."""


@dataclass(frozen=True)
class Size:
    """The function size()."""

    operand: Operand

    def value(self, item: Item, scope: Scope) -> Value | None:
        found = self.operand.value(item, scope)
        length = values.length(found) if found else None
        return None if length is None else {"N": str(length)}


_COMPARISONS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


@dataclass(frozen=True)
class Comparison:
    operator: str
    left: Operand
    right: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        left, right = self.left.value(item, scope), self.right.value(item, scope)
        if self.operator in ("=", "<>"):
            same = left is not None and right is not None and values.equal(left, right)
            return same == (self.operator == "=")
        order = None if left is None or right is None else values.order(left, right)
        return order is not None and _COMPARISONS[self.operator](order)

    def check(self, scope: Scope, parameter: str) -> None:
        _check_distinct(self.operator, self.left, self.right, scope, parameter)
        if self.operator not in ("=", "<>"):
            _check_kinds(self.operator, values.ORDERED, (self.left, self.right), scope, parameter)


@dataclass(frozen=True)
class Between:
    operand: Operand
    low: Operand
    high: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        found, low, high = (each.value(item, scope) for each in (self.operand, self.low, self.high))
        if found is None or low is None or high is None:
            return False
        above, below = values.order(low, found), values.order(found, high)
        return above is not None and below is not None and above <= 0 and below <= 0

    def check(self, scope: Scope, parameter: str) -> None:
        _check_kinds("BETWEEN", values.ORDERED, (self.operand, self.low, self.high), scope, parameter)
        if isinstance(self.low, Constant) and isinstance(self.high, Constant):
            check_bounds(scope.values[self.low.name], scope.values[self.high.name], parameter)


def check_bounds(low: Value, high: Value, parameter: str) -> None:
    """Raises ServiceError for bounds of BETWEEN that nothing is between."""
    order = values.order(low, high)
    operands = f"lower bound operand: {_shown(low)}, upper bound operand: {_shown(high)}"
    if order is None:
        raise invalid(
            f"Invalid {parameter}: The BETWEEN operator requires same data type for lower and upper bounds; {operands}"
        )
    if order > 0:
        raise invalid(
            f"Invalid {parameter}: The BETWEEN operator requires upper bound to be greater than or equal to lower "
            f"bound; {operands}"
        )


def _shown(value: Value) -> str:
    ((kind, content),) = value.items()
    return f"AttributeValue: {{{kind}:{content}}}"


@dataclass(frozen=True)
class Membership:
    """The operator IN."""

    operand: Operand
    choices: tuple[Operand, ...]

    def holds(self, item: Item, scope: Scope) -> bool:
        found = self.operand.value(item, scope)
        candidates = (choice.value(item, scope) for choice in self.choices)
        return found is not None and any(each is not None and values.equal(found, each) for each in candidates)

    def check(self, _scope: Scope, parameter: str) -> None:
        if len(self.choices) > 100:
            raise _wrong_number("IN", len(self.choices) + 1, parameter)


@dataclass(frozen=True)
class Exists:
    """attribute_exists and attribute_not_exists."""

    path: Path
    wanted: bool

    def holds(self, item: Item, scope: Scope) -> bool:
        return (self.path.value(item, scope) is not None) == self.wanted

    def check(self, scope: Scope, parameter: str) -> None:
        pass


@dataclass(frozen=True)
class HasType:
    """The function attribute_type."""

    operand: Operand
    kind: Constant

    def holds(self, item: Item, scope: Scope) -> bool:
        found = self.operand.value(item, scope)
        return found is not None and values.kind(found) == scope.values[self.kind.name]["S"]

    def check(self, scope: Scope, parameter: str) -> None:
        _check_kinds("attribute_type", frozenset("S"), (self.kind,), scope, parameter)
        wanted = scope.values[self.kind.name]["S"]
        if wanted not in values.KINDS:
            known = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
            raise invalid(
                f"Invalid {parameter}: Invalid attribute type name found; type: {wanted}, valid types: {known}"
            )


@dataclass(frozen=True)
class Contains:
    whole: Operand
    part: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        whole, part = self.whole.value(item, scope), self.part.value(item, scope)
        return whole is not None and part is not None and values.contains(whole, part)

    def check(self, scope: Scope, parameter: str) -> None:
        _check_distinct("contains", self.whole, self.part, scope, parameter)


@dataclass(frozen=True)
class BeginsWith:
    whole: Operand
    start: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        whole, start = self.whole.value(item, scope), self.start.value(item, scope)
        return whole is not None and start is not None and values.begins_with(whole, start)

    def check(self, scope: Scope, parameter: str) -> None:
        _check_distinct("begins_with", self.whole, self.start, scope, parameter)
        _check_kinds("begins_with", frozenset("SB"), (self.whole, self.start), scope, parameter)


@dataclass(frozen=True)
class Both:
    left: Condition
    right: Condition

    def holds(self, item: Item, scope: Scope) -> bool:
        return self.left.holds(item, scope) and self.right.holds(item, scope)

    def check(self, scope: Scope, parameter: str) -> None:
        self.left.check(scope, parameter)
        self.right.check(scope, parameter)


@dataclass(frozen=True)
class Either:
    left: Condition
    right: Condition

    def holds(self, item: Item, scope: Scope) -> bool:
        return self.left.holds(item, scope) or self.right.holds(item, scope)

    def check(self, scope: Scope, parameter: str) -> None:
        self.left.check(scope, parameter)
        self.right.check(scope, parameter)


@dataclass(frozen=True)
class Not:
    condition: Condition

    def holds(self, item: Item, scope: Scope) -> bool:
        return not self.condition.holds(item, scope)

    def check(self, scope: Scope, parameter: str) -> None:
        self.condition.check(scope, parameter)


def _check_kinds(
    operator: str, allowed: frozenset[str], operands: tuple[Operand, ...], scope: Scope, parameter: str
) -> None:
    """Values that the request brings must have a type that the operator takes; what an item has makes it false."""
    for operand in operands:
        kind = values.kind(scope.values[operand.name]) if isinstance(operand, Constant) else None
        if kind and kind not in allowed:
            raise invalid(
                f"Invalid {parameter}: Incorrect operand type for operator or function; "
                f"operator or function: {operator}, operand type: {kind}"
            )


def _check_distinct(operator: str, left: Operand, right: Operand, scope: Scope, parameter: str) -> None:
    if not (isinstance(left, Path) and isinstance(right, Path)):
        return
    first = scope.resolve(left)
    if first == scope.resolve(right):
        raise invalid(
            f"Invalid {parameter}: The first operand must be distinct from the remaining operands for this operator "
            f"or function; operator: {operator}, first operand: {shown(first)}"
        )


def _wrong_number(operator: str, number: int, parameter: str) -> ServiceError:
    return invalid(
        f"Invalid {parameter}: Incorrect number of operands for operator or function; "
        f"operator or function: {operator}, number of operands: {number}"
    )
