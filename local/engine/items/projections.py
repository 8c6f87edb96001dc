"""ProjectionExpression, and what it leaves of an item. Calls reader."""

from collections.abc import Iterable
from functools import lru_cache

from local.engine.items.reader import Expression, Reader
from local.engine.items.refusals import invalid
from local.engine.items.scope import Path, Scope, Step, find, shown
from local.engine.items.values import Item, Value


@lru_cache(maxsize=512)
def parse(text: str) -> Expression[tuple[Path, ...]]:
    """Raises ServiceError."""
    reader = Reader("ProjectionExpression", text)
    paths = [reader.path()]
    while reader.take_sign(","):
        paths.append(reader.path())
    return reader.finish(tuple(paths))


def resolve(paths: tuple[Path, ...], scope: Scope) -> list[tuple[Step, ...]]:
    """The paths with the names that they stand for. Raises ServiceError where one is within another."""
    resolved = [scope.resolve(path) for path in paths]
    for number, path in enumerate(resolved):
        for other in resolved[number + 1 :]:
            shorter = min(len(path), len(other))
            if path[:shorter] == other[:shorter]:
                raise invalid(
                    "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite "
                    f"one of these paths; path one: {shown(path)}, path two: {shown(other)}"
                )
    return resolved


def project(item: Item, paths: Iterable[tuple[Step, ...]]) -> Item:
    """What an item has at some paths, each within what it was in. Elements of a list close ranks."""
    found = [path for path in paths if find(item, path) is not None]
    if all(len(path) == 1 for path in found):
        return {str(path[0]): item[str(path[0])] for path in found}
    return {str(name): _pruned(item[str(name)], tails) for name, tails in _by_first_step(found).items()}


def _by_first_step(paths: Iterable[tuple[Step, ...]]) -> dict[Step, list[tuple[Step, ...]]]:
    grouped: dict[Step, list[tuple[Step, ...]]] = {}
    for path in paths:
        grouped.setdefault(path[0], []).append(path[1:])
    return grouped


def _pruned(value: Value, tails: list[tuple[Step, ...]]) -> Value:
    if () in tails:
        return value
    inner = _by_first_step(tails)
    if "M" in value:
        return {"M": {str(name): _pruned(value["M"][name], rest) for name, rest in inner.items()}}
    return {"L": [_pruned(value["L"][index], inner[index]) for index in sorted(inner)]}
