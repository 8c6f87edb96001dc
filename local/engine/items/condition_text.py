"""Reads ConditionExpression, FilterExpression and KeyConditionExpression. Calls reader and conditions.

either     both OR both …
both       negated AND negated …
negated    NOT negated, ( either ), a function, a comparison
"""

from functools import lru_cache

from local.engine.items.conditions import (
    BeginsWith,
    Between,
    Both,
    Comparison,
    Condition,
    Contains,
    Either,
    Exists,
    HasType,
    Membership,
    Not,
    Operand,
    Size,
)
from local.engine.items.reader import Expression, Reader
from local.engine.items.scope import Constant, Path

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_OPERANDS = {"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "contains": 2, "begins_with": 2}
_OF_VALUES = ("size", "if_not_exists", "list_append")


@lru_cache(maxsize=2048)
def parse(parameter: str, text: str) -> Expression[Condition]:
    """Raises ServiceError with the name of the parameter that the text is of."""
    reader = _ConditionReader(parameter, text)
    return reader.finish(reader.either())


class _ConditionReader(Reader):
    _last_group = (0, 0)
    """Where the parentheses are that were closed last."""

    def either(self) -> Condition:
        condition = self._both()
        while self.take_word("OR"):
            condition = Either(condition, self._both())
        return condition

    def _both(self) -> Condition:
        condition = self._negated()
        while self.take_word("AND"):
            condition = Both(condition, self._negated())
        return condition

    def _negated(self) -> Condition:
        if self.take_word("NOT"):
            return Not(self._negated())
        if self.is_sign("("):
            return self._group()
        if self.at_function and self.token.text in _OPERANDS:
            return self._function()
        return self._comparison()

    def _group(self) -> Condition:
        start = self._at
        self.advance()
        condition = self.either()
        if self._last_group == (start + 1, self._at - 1):
            raise self.error("The expression has redundant parentheses;")
        self._last_group = (start, self._at)
        self.expect_sign(")")
        return condition

    def _function(self) -> Condition:
        name = self.advance().text
        operands = self._operands()
        if len(operands) != _OPERANDS[name]:
            raise self._wrong_number(name, len(operands))
        if name in ("attribute_exists", "attribute_not_exists"):
            if not isinstance(operands[0], Path):
                raise self.error(f"Operator or function requires a document path; operator or function: {name}")
            return Exists(operands[0], name == "attribute_exists")
        if name == "attribute_type":
            if not isinstance(operands[1], Constant):
                raise self.error(
                    "Incorrect operand type for operator or function; "
                    "operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
                )
            return HasType(operands[0], operands[1])
        return Contains(*operands) if name == "contains" else BeginsWith(*operands)

    def _comparison(self) -> Condition:
        left = self._operand()
        if self.take_word("BETWEEN"):
            low = self._operand()
            self.expect_word("AND")
            return Between(left, low, self._operand())
        if self.take_word("IN"):
            return Membership(left, tuple(self._operands()))
        if not self.is_sign(*_COMPARISONS):
            if isinstance(left, Size):
                raise self.error("The function is not allowed to be used this way in an expression; function: size")
            raise self.unexpected()
        return Comparison(self.advance().text, left, self._operand())

    def _operands(self) -> list[Operand]:
        self.expect_sign("(")
        operands = [self._operand()]
        while self.take_sign(","):
            operands.append(self._operand())
        self.expect_sign(")")
        return operands

    def _operand(self) -> Operand:
        if not self.at_function:
            return self.operand()
        name = self.token.text
        if name not in _OPERANDS and name not in _OF_VALUES:
            raise self.error(f"Invalid function name; function: {name}")
        if name != "size":
            raise self.error(f"The function is not allowed to be used this way in an expression; function: {name}")
        self.advance()
        operands = self._operands()
        if len(operands) != 1:
            raise self._wrong_number("size", len(operands))
        return Size(operands[0])

    def _wrong_number(self, name: str, number: int) -> Exception:
        return self.error(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {name}, number of operands: {number}"
        )
