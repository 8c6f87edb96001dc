"""Reads the tokens of an expression, and what all kinds of expressions have. Calls scope.

The words of the errors are DynamoDB's.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from local.engine.errors import ServiceError
from local.engine.items.refusals import invalid
from local.engine.items.scope import Constant, Path, Step

Root = TypeVar("Root")

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<alias>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<number>[0-9]+)"
    r"|(?P<sign><>|<=|>=|[=<>(),.\[\]+-]))"
)
_MAX_BYTES = 4096


@dataclass(frozen=True, eq=False)
class Expression(Generic[Root]):
    """An expression as it was read: the same object for every request that has this text."""

    parameter: str
    root: Root
    names: frozenset[str]
    """The placeholders of names."""
    values: frozenset[str]
    """Those of values."""
    paths: tuple[Path, ...]


class Token(NamedTuple):
    kind: str
    """name, alias, value, number, sign, or end."""
    text: str
    start: int
    end: int


class Reader:
    def __init__(self, parameter: str, text: str) -> None:
        self._parameter, self._text = parameter, text
        self._paths: list[Path] = []
        self._values: set[str] = set()
        if not text.strip():
            raise self.error("The expression can not be empty;")
        if len(text.encode("utf-8", "replace")) > _MAX_BYTES:
            raise self.error(
                "Expression size has exceeded the maximum allowed size; "
                f"expression size: {len(text)}, maximum allowed size: {_MAX_BYTES}"
            )
        self._tokens = self._tokenize(text)
        self._at = 0

    def error(self, message: str) -> ServiceError:
        return invalid(f"Invalid {self._parameter}: {message}")

    def _tokenize(self, text: str) -> list[Token]:
        tokens: list[Token] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if not found:
                start = at + len(text[at:]) - len(text[at:].lstrip())
                raise self._syntax_error(Token("sign", text[start], start, start + 1), tokens[-1:], text[start + 1 :])
            kind = str(found.lastgroup)
            tokens.append(Token(kind, found[kind], found.start(kind), found.end()))
            at = found.end()
        return [*tokens, Token("end", "<EOF>", end, end)]

    def _syntax_error(self, token: Token, before: list[Token], rest: str) -> ServiceError:
        start = before[0].start if before else token.start
        following = _TOKEN.match(rest)
        near = self._text[start : token.end] + (following[0] if following else "")
        return self.error(f'Syntax error; token: "{token.text}", near: "{near}"')

    def unexpected(self) -> ServiceError:
        """The error about the token that is next."""
        token = self.token
        return self._syntax_error(token, self._tokens[max(self._at - 1, 0) : self._at], self._text[token.end :])

    # ---- Tokens ----

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def advance(self) -> Token:
        token = self.token
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def is_sign(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def is_word(self, *words: str) -> bool:
        """Keywords are written in upper case, or in lower case."""
        return self.token.kind == "name" and self.token.text.upper() in words

    def take_sign(self, sign: str) -> bool:
        """Whether the sign was next, and is now read."""
        if found := self.is_sign(sign):
            self.advance()
        return found

    def take_word(self, word: str) -> bool:
        if found := self.is_word(word):
            self.advance()
        return found

    def expect_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            raise self.unexpected()

    def expect_word(self, word: str) -> None:
        if not self.take_word(word):
            raise self.unexpected()

    # ---- What all expressions have ----

    @property
    def at_function(self) -> bool:
        """Whether a name and a parenthesis are next."""
        return self.token.kind == "name" and self.following.text == "("

    def path(self) -> Path:
        steps: list[Step] = [self._name()]
        while self.is_sign(".", "["):
            if self.take_sign("."):
                steps.append(self._name())
                continue
            self.advance()
            if self.token.kind != "number":
                raise self.unexpected()
            steps.append(int(self.advance().text))
            self.expect_sign("]")
        path = Path(tuple(steps))
        self._paths.append(path)
        return path

    def constant(self) -> Constant:
        name = self.advance().text
        self._values.add(name)
        return Constant(name)

    def operand(self) -> Path | Constant:
        return self.constant() if self.token.kind == "value" else self.path()

    def _name(self) -> str:
        if self.token.kind not in ("name", "alias"):
            raise self.unexpected()
        name = self.advance().text
        if name.upper() in _reserved_words():
            raise self.error(f"Attribute name is a reserved keyword; reserved keyword: {name}")
        return name

    def finish(self, root: Root) -> Expression[Root]:
        """What was read, where nothing is left to read."""
        if self.token.kind != "end":
            raise self.unexpected()
        names = {step for path in self._paths for step in path.steps if type(step) is str and step[0] == "#"}
        return Expression(self._parameter, root, frozenset(names), frozenset(self._values), tuple(self._paths))


@lru_cache(maxsize=1)
def _reserved_words() -> frozenset[str]:
    from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

    return frozenset(ReservedKeywords.get_reserved_keywords())
