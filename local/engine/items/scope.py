"""What the names and values in an expression stand for in a request, and paths into an item. Calls values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from local.engine.items.values import Item, Value

Step = str | int
"""Of a path: a name, a placeholder such as #name, or the index of a list's element."""


@dataclass(frozen=True)
class Scope:
    """ExpressionAttributeNames and ExpressionAttributeValues of a request."""

    names: Mapping[str, str]
    values: Mapping[str, Value]

    def resolve(self, path: "Path") -> tuple[Step, ...]:
        """The path with the names that its placeholders stand for."""
        return tuple(self.names[step] if type(step) is str and step[0] == "#" else step for step in path.steps)


class Path(NamedTuple):
    """A document path as the expression writes it."""

    steps: tuple[Step, ...]

    def value(self, item: Item, scope: Scope) -> Value | None:
        """What is there; None where nothing is."""
        return find(item, scope.resolve(self))


class Constant(NamedTuple):
    """A placeholder for a value, such as :value."""

    name: str

    def value(self, _item: Item, scope: Scope) -> Value | None:
        return scope.values[self.name]


def find(item: Item, steps: tuple[Step, ...]) -> Value | None:
    """What an item has at a resolved path."""
    found = item.get(str(steps[0]))
    for step in steps[1:]:
        if found is None:
            return None
        if isinstance(step, str):
            found = found.get("M", {}).get(step)
        else:
            elements = found.get("L", ())
            found = elements[step] if step < len(elements) else None
    return found


def shown(steps: tuple[Step, ...]) -> str:
    """A path as DynamoDB's errors write it."""
    return f"[{', '.join(step if type(step) is str else f'[{step}]' for step in steps)}]"
