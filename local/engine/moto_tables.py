"""The tables that moto has, as the engine's items know them. Calls items, and moto's DynamoDB in this process."""

from typing import Any

from moto.dynamodb.models import dynamodb_backends

from local.engine.items.tables import Attribute, Index, Table
from local.engine.place import Place

_known: dict[tuple[Place, str], tuple[Any, Table]] = {}
"""What a table was made of, and its description."""


def table_of(place: Place, name: str) -> Table | None:
    """The description of a table: the same object as long as moto has the same table. None where moto has none."""
    described = dynamodb_backends[place.account][place.region].tables.get(name)
    if described is None:
        _known.pop((place, name), None)
        return None
    # moto replaces the lists when a table is updated. What they hold is kept here, so that none can have the place of
    # another that was thrown away.
    stream, expiry = described.stream_specification, described.ttl
    parts = (described, described.global_indexes, stream, expiry.get("TimeToLiveStatus"), expiry.get("AttributeName"))
    known = _known.get((place, name))
    if known and all(mine is now for mine, now in zip(known[0], parts, strict=True)):
        return known[1]
    table = _table(place, described)
    _known[place, name] = (parts, table)
    return table


def _table(place: Place, described: Any) -> Table:
    kinds = {each["AttributeName"]: each["AttributeType"] for each in described.attr}
    stream, expiry = described.stream_specification or {}, described.ttl
    hashes, ranges = _keys(described.schema, kinds)
    return Table(
        place=place,
        name=described.name,
        arn=described.table_arn,
        hash=hashes,
        range=ranges,
        indexes=tuple(
            _index(described, index, kinds, is_global=is_global)
            for is_global, indexes in ((True, described.global_indexes), (False, described.indexes))
            for index in indexes
        ),
        expiry=expiry.get("AttributeName") if expiry.get("TimeToLiveStatus") == "ENABLED" else None,
        stream=stream.get("StreamViewType") if stream.get("StreamEnabled") else None,
    )


def _keys(schema: list[dict[str, str]], kinds: dict[str, str]) -> tuple[tuple[Attribute, ...], tuple[Attribute, ...]]:
    """The attributes of the hash key and of the range key."""
    hashes, ranges = (
        tuple(
            Attribute(each["AttributeName"], kinds[each["AttributeName"]]) for each in schema if each["KeyType"] == kind
        )
        for kind in ("HASH", "RANGE")
    )
    return hashes, ranges


def _index(described: Any, index: Any, kinds: dict[str, str], *, is_global: bool) -> Index:
    hashes, ranges = _keys(index.schema, kinds)
    projection = None
    if (index.projection or {}).get("ProjectionType", "ALL") != "ALL":
        keys = (each["AttributeName"] for each in (*described.schema, *index.schema))
        projection = frozenset((*keys, *index.projection.get("NonKeyAttributes", [])))
    return Index(index.name, hashes, ranges, is_global, projection)
