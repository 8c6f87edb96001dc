"""UpdateExpression: what each clause makes of an item. Calls scope and numbers.

All that is read is read from the item as it was; then SET, REMOVE, ADD and DELETE change it.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from local.engine.items import numbers, values
from local.engine.items.refusals import invalid
from local.engine.items.scope import Constant, Path, Scope, Step, find, shown
from local.engine.items.values import Item, Value

_NOT_THERE = "The provided expression refers to an attribute that does not exist in the item"
_WRONG_PATH = "The document path provided in the update expression is invalid for update"
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"


class Source(Protocol):
    """What SET sets a path to."""

    def value(self, item: Item, scope: Scope) -> Value | None: ...


@dataclass(frozen=True)
class IfNotExists:
    path: Path
    otherwise: Source

    def value(self, item: Item, scope: Scope) -> Value | None:
        found = self.path.value(item, scope)
        return self.otherwise.value(item, scope) if found is None else found


@dataclass(frozen=True)
class ListAppend:
    first: Source
    second: Source

    def value(self, item: Item, scope: Scope) -> Value | None:
        first, second = (_operand(each, "list_append", "L", item, scope) for each in (self.first, self.second))
        return {"L": [*first["L"], *second["L"]]}


@dataclass(frozen=True)
class Sum:
    """Two numbers with + or - between them."""

    operator: str
    left: Source
    right: Source

    def value(self, item: Item, scope: Scope) -> Value | None:
        left, right = (_operand(each, self.operator, "N", item, scope)["N"] for each in (self.left, self.right))
        return {"N": numbers.add(left, right) if self.operator == "+" else numbers.subtract(left, right)}


def _operand(source: Source, operator: str, kind: str, item: Item, scope: Scope) -> Value:
    found = source.value(item, scope)
    if found is None:
        raise invalid(_NOT_THERE)
    if kind in found:
        return found
    if isinstance(source, Constant):
        raise _incorrect(operator, values.kind(found))
    raise invalid(_WRONG_TYPE)


def _incorrect(operator: str, kind: str) -> Exception:
    return invalid(
        "Invalid UpdateExpression: Incorrect operand type for operator or function; "
        f"operator or function: {operator}, operand type: {kind}"
    )


@dataclass(frozen=True)
class Set:
    path: Path
    source: Source


@dataclass(frozen=True)
class Remove:
    path: Path


@dataclass(frozen=True)
class Add:
    path: Path
    constant: Constant


@dataclass(frozen=True)
class Delete:
    path: Path
    constant: Constant


@dataclass(frozen=True)
class Update:
    """The actions of an expression, by their clauses."""

    sets: tuple[Set, ...] = ()
    removes: tuple[Remove, ...] = ()
    adds: tuple[Add, ...] = ()
    deletes: tuple[Delete, ...] = ()

    @property
    def adds_something(self) -> bool:
        """Whether it makes an item where there is none."""
        return bool(self.sets or self.adds)

    def paths(self, scope: Scope) -> list[tuple[Step, ...]]:
        """What it changes."""
        return [scope.resolve(action.path) for action in self._actions()]

    def _actions(self) -> Iterator[Set | Remove | Add | Delete]:
        yield from self.sets
        yield from self.removes
        yield from self.adds
        yield from self.deletes

    def check(self, scope: Scope, key_names: frozenset[str]) -> None:
        """Raises ServiceError for what is wrong in each case, whatever the item."""
        paths = self.paths(scope)
        for path in paths:
            if path[0] in key_names:
                raise invalid(
                    f"One or more parameter values were invalid: Cannot update attribute {path[0]}. "
                    "This attribute is part of the key"
                )
        for number, path in enumerate(paths):
            for other in paths[number + 1 :]:
                _check_apart(path, other)
        for add in self.adds:
            kind = values.kind(scope.values[add.constant.name])
            if kind not in ("N", "SS", "NS", "BS"):
                raise _incorrect("ADD", _LONG_NAMES.get(kind, kind))
        for delete in self.deletes:
            kind = values.kind(scope.values[delete.constant.name])
            if kind not in ("SS", "NS", "BS"):
                raise _incorrect("DELETE", _LONG_NAMES.get(kind, kind))

    def apply(self, item: Item, scope: Scope) -> Item:
        """The item as it is afterwards. Raises ServiceError."""
        changed = dict(item)
        for name in {scope.resolve(each.path)[0] for each in self._actions() if len(each.path.steps) > 1}:
            if name in changed:
                changed[str(name)] = copy.deepcopy(changed[str(name)])
        sources = [(scope.resolve(each.path), each.source.value(item, scope)) for each in self.sets]
        # Elements behind the end of a list are appended in the order of their indexes.
        for path, value in sorted(sources, key=lambda source: _indexes(source[0])):
            if value is None:
                raise invalid(_NOT_THERE)
            _put(changed, path, value)
        for add in self.adds:
            path = scope.resolve(add.path)
            _put(changed, path, _added(find(item, path), scope.values[add.constant.name]))
        for delete in self.deletes:
            path = scope.resolve(delete.path)
            _delete(changed, path, find(item, path), scope.values[delete.constant.name])
        # The last element first, so that an index means the same until it is its turn.
        for path in sorted((scope.resolve(each.path) for each in self.removes), key=_indexes, reverse=True):
            if find(item, path) is None:
                _inner(changed, path)
            else:
                _remove(changed, path)
        return changed


_LONG_NAMES = {"S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP"}


def _check_apart(path: tuple[Step, ...], other: tuple[Step, ...]) -> None:
    if path[0] != other[0]:
        return
    both = f"path one: {shown(path)}, path two: {shown(other)}"
    shorter = min(len(path), len(other))
    if path[:shorter] == other[:shorter]:
        raise invalid(
            "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of "
            f"these paths; {both}"
        )
    for step, other_step in zip(path, other, strict=False):
        if type(step) is not type(other_step):
            raise invalid(
                "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one "
                f"of these paths; {both}"
            )
        if step != other_step:
            return


def _indexes(path: tuple[Step, ...]) -> list[int]:
    return [step for step in path if isinstance(step, int)]


def _inner(item: Item, path: tuple[Step, ...]) -> Any:
    """What has the last step of a path: the item, a map or a list. Raises ServiceError."""
    if len(path) == 1:
        return item
    whole = find(item, path[:-1])
    inner = whole and whole.get("M" if type(path[-1]) is str else "L")
    if inner is None:
        raise invalid(_WRONG_PATH)
    return inner


def _put(item: Item, path: tuple[Step, ...], value: Value) -> None:
    inner, last = _inner(item, path), path[-1]
    if isinstance(last, int) and last >= len(inner):
        inner.append(value)
    else:
        inner[last] = value


def _remove(item: Item, path: tuple[Step, ...]) -> None:
    inner, last = _inner(item, path), path[-1]
    if isinstance(last, str):
        inner.pop(last, None)
    elif last < len(inner):
        del inner[last]


def _added(found: Value | None, addend: Value) -> Value:
    kind = values.kind(addend)
    if found is None:
        return addend
    if kind not in found:
        raise invalid(_WRONG_TYPE)
    if kind == "N":
        return {"N": numbers.add(found["N"], addend["N"])}
    return {kind: [*found[kind], *(each for each in addend[kind] if each not in found[kind])]}


def _delete(item: Item, path: tuple[Step, ...], found: Value | None, subtrahend: Value) -> None:
    kind = values.kind(subtrahend)
    if found is None:
        return
    if kind not in found:
        raise invalid(_WRONG_TYPE)
    left = [each for each in found[kind] if each not in subtrahend[kind]]
    if left:
        _put(item, path, {kind: left})
    else:
        # A set is never empty.
        _remove(item, path)
