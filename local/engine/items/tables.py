"""What the data plane knows of a table: its keys, its indexes, what expires, what its stream shows. Calls values."""

from dataclasses import dataclass
from functools import cached_property

from local.engine.items.values import Item
from local.engine.place import Place


@dataclass(frozen=True)
class Attribute:
    """A key attribute; `kind` is S, N or B."""

    name: str
    kind: str


@dataclass(frozen=True)
class Index:
    """A secondary index. A global one has up to four attributes in each part of its key."""

    name: str
    hash: tuple[Attribute, ...]
    range: tuple[Attribute, ...]
    is_global: bool
    projection: frozenset[str] | None
    """The names of all attributes that it has; None for each of the item's."""

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        return self.hash + self.range

    def project(self, item: Item) -> Item:
        if self.projection is None:
            return item
        return {name: value for name, value in item.items() if name in self.projection}


@dataclass(frozen=True, eq=False)
class Table:
    place: Place
    name: str
    arn: str
    hash: tuple[Attribute, ...]
    """One."""
    range: tuple[Attribute, ...]
    """One or none."""
    indexes: tuple[Index, ...]
    expiry: str | None
    """The attribute that says when an item expires, in seconds since the epoch."""
    stream: str | None
    """The StreamViewType, where the table has a stream."""

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        return self.hash + self.range

    @cached_property
    def key_names(self) -> frozenset[str]:
        return frozenset(attribute.name for attribute in self.attributes)

    def key_of(self, item: Item) -> Item:
        return {attribute.name: item[attribute.name] for attribute in self.attributes}
