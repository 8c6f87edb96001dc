"""Keys as bytes whose order is DynamoDB's: texts by their UTF-8, numbers by value, binaries by their bytes.

Each attribute ends with two zero bytes, so that several can follow each other: the range key of an index's row is the
index's own and then the item's primary key. Calls tables.
"""

from typing import Any, NamedTuple

from local.engine.items import numbers
from local.engine.items.refusals import invalid, invalid_value
from local.engine.items.tables import Attribute, Index, Table
from local.engine.items.values import Item, Value, binary, check, encoded, kind, text_size

_MAX_HASH_BYTES = 2048
_MAX_RANGE_BYTES = 1024
_NO_MATCH = "The provided key element does not match the schema"


class Key(NamedTuple):
    hash: bytes
    range: bytes
    """Empty where a table has none."""


def unterminated(value: Value) -> bytes:
    """The bytes of a value, which those of a text that begins with it begin with."""
    ((name, content),) = value.items()
    if name == "S":
        plain = encoded(content)
    elif name == "N":
        plain = numbers.sort_key(content)
    else:
        plain = binary(content)
    return plain.replace(b"\0", b"\0\xff")


def part(value: Value) -> bytes:
    """The bytes of a value among others."""
    return unterminated(value) + b"\0\0"


def after(prefix: bytes) -> bytes | None:
    """The first bytes behind all that begin with a prefix; None where nothing is."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes((kept[-1] + 1,)) if kept else None


def primary(table: Table, item: Item) -> Key:
    """The key of an item whose values were checked. Raises ServiceError."""
    for attribute in table.attributes:
        value = item.get(attribute.name)
        if value is None:
            raise invalid_value(f"Missing the key {attribute.name} in the item")
        if attribute.kind not in value:
            raise invalid_value(
                f"Type mismatch for key {attribute.name} expected: {attribute.kind} actual: {kind(value)}"
            )
        if value[attribute.kind] == "":
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
                f"an empty string value. Key: {attribute.name}"
            )
    return _key(table.hash, table.range, item)


def named(table: Table, key: Any) -> Key:
    """The key that a request names. Raises ServiceError."""
    if type(key) is not dict or key.keys() != table.key_names:
        raise invalid(_NO_MATCH)
    for attribute in table.attributes:
        check(key[attribute.name])
        if attribute.kind not in key[attribute.name]:
            raise invalid(_NO_MATCH)
    return primary(table, key)


def entry(index: Index, item: Item, own: Key) -> Key | None:
    """The key of an item's row in an index; None for an item that is not in it. Raises ServiceError."""
    for attribute in index.attributes:
        value = item.get(attribute.name)
        if value is None:
            return None
        if attribute.kind not in value:
            raise invalid_value(
                f"Type mismatch for Index Key {attribute.name} Expected: {attribute.kind} Actual: {kind(value)} "
                f"IndexName: {index.name}"
            )
        if value[attribute.kind] == "":
            raise invalid(
                "One or more parameter values are not valid. A value specified for a secondary index key is not "
                "supported. The AttributeValue for a key attribute cannot contain an empty string value. "
                f"IndexName: {index.name}, IndexKey: {attribute.name}"
            )
    key = _key(index.hash, index.range, item)
    return Key(key.hash, key.range + own.hash + own.range)


def _key(hashes: tuple[Attribute, ...], ranges: tuple[Attribute, ...], item: Item) -> Key:
    return Key(_part_of_key(hashes, item, _MAX_HASH_BYTES), _part_of_key(ranges, item, _MAX_RANGE_BYTES))


def _part_of_key(attributes: tuple[Attribute, ...], item: Item, max_bytes: int) -> bytes:
    parts = b"".join([part(item[attribute.name]) for attribute in attributes])
    # Parts are a little longer than what they are of.
    if len(parts) > max_bytes and any(_bytes(item[attribute.name]) > max_bytes for attribute in attributes):
        if max_bytes == _MAX_HASH_BYTES:
            raise invalid_value(f"Size of hashkey has exceeded the maximum size limit of{max_bytes} bytes")
        raise invalid_value(f"Aggregated size of all range keys has exceeded the size limit of {max_bytes} bytes")
    return parts


def _bytes(value: Value) -> int:
    ((name, content),) = value.items()
    return len(binary(content)) if name == "B" else text_size(content)
