"""Reads UpdateExpression. Calls reader and updates.

SET path = source, …    REMOVE path, …    ADD path :value, …    DELETE path :value, …
source    operand, operand + operand, operand - operand
operand   path, :value, if_not_exists(path, operand), list_append(operand, operand)
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from local.engine.items.reader import Expression, Reader
from local.engine.items.scope import Path
from local.engine.items.updates import Add, Delete, IfNotExists, ListAppend, Remove, Set, Source, Sum, Update

_PARAMETER = "UpdateExpression"


@lru_cache(maxsize=2048)
def parse(text: str) -> Expression[Update]:
    """Raises ServiceError."""
    reader = _UpdateReader(_PARAMETER, text)
    return reader.finish(reader.update())


class _UpdateReader(Reader):
    def update(self) -> Update:
        clauses: dict[str, tuple[Any, ...]] = {}
        readers: dict[str, Callable[[], Any]] = {
            "SET": self._set,
            "REMOVE": lambda: Remove(self.path()),
            "ADD": lambda: Add(self.path(), self._value()),
            "DELETE": lambda: Delete(self.path(), self._value()),
        }
        while self.is_word(*readers):
            clause = self.advance().text.upper()
            if clause in clauses:
                raise self.error(f'The "{clause}" section can only be used once in an update expression;')
            clauses[clause] = self._actions(readers[clause])
        return Update(*(clauses.get(clause, ()) for clause in readers))

    def _actions(self, read: Callable[[], Any]) -> tuple[Any, ...]:
        actions = [read()]
        while self.take_sign(","):
            actions.append(read())
        return tuple(actions)

    def _set(self) -> Set:
        path = self.path()
        self.expect_sign("=")
        source = self._operand()
        if self.is_sign("+", "-"):
            source = Sum(self.advance().text, source, self._operand())
        return Set(path, source)

    def _value(self) -> Any:
        if self.token.kind != "value":
            raise self.unexpected()
        return self.constant()

    def _operand(self) -> Source:
        if self.is_sign("("):
            self.advance()
            source = self._operand()
            self.expect_sign(")")
            return source
        return self._function() if self.at_function else self.operand()

    def _function(self) -> Source:
        name = self.advance().text
        if name not in ("if_not_exists", "list_append"):
            raise self.error(f"Invalid function name; function: {name}")
        self.expect_sign("(")
        operands = [self._operand()]
        while self.take_sign(","):
            operands.append(self._operand())
        self.expect_sign(")")
        if len(operands) != 2:
            raise self.error(
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {len(operands)}"
            )
        first, second = operands
        if name == "list_append":
            if isinstance(first, ListAppend) or isinstance(second, ListAppend):
                raise self.error(
                    "The function is not allowed to be used this way in an expression; function: list_append"
                )
            return ListAppend(first, second)
        if not isinstance(first, Path):
            raise self.error(f"Operator or function requires a document path; operator or function: {name}")
        return IfNotExists(first, second)
