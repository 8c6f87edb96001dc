"""`DataStore`: a data store of `pd.inputs`, a mapping whose items are in the table DataStores.

store, key    the data store's name, and the key in it
value         JSON text
expires_at    seconds since the epoch; DynamoDB deletes late, so every read checks it
"""

import json
import math
import re
from collections.abc import Callable, ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from contextlib import suppress
from typing import Any, Literal

from interlude import clock
from interlude.aws import table
from interlude.aws.records import Item, number, text
from interlude.aws.table import Lost
from interlude.errors import BadCall, MissingKey, TooLarge
from interlude.run import payloads
from interlude.settings import settings

NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
KEY_BYTES = 1_024
VALUE_BYTES = 390 * 1024
"""DynamoDB's items have up to 400 KB, with their keys and the names of attributes."""
TTL_S = 10**10

NAMES = {"#store": "store", "#key": "key", "#value": "value"}
NONE: Any = object()


class DataStore(MutableMapping[str, Any]):
    """Keys are text, values are JSON. Every method sends one request to the table; those that read all items, several.

    Every read returns a copy: `ds["k"]["x"] = 1` does not change the stored value, `ds["k"] = …` does.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise BadCall(
                f"The name of a data store is {payloads.short(name)}; it must be 1 to 200 of A-Z, a-z, 0-9, _, . and -."
            )
        self._name = name

    def __repr__(self) -> str:
        return f"DataStore({self._name!r})"

    def __getitem__(self, key: str) -> Any:
        found = self.get(key, NONE)
        if found is NONE:
            raise MissingKey(self._name, key)
        return found

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default` if the key does not exist."""
        found = table.get([self._key(key)], settings().data_stores_table)
        return json.loads(found[0]["value"]["S"]) if found and _is_alive(found[0]) else default

    def __contains__(self, key: object) -> bool:
        return self.get(key, NONE) is not NONE  # type: ignore[arg-type]  # raises BadCall unless the key is text

    def __setitem__(self, key: str, value: Any) -> None:
        self.set(key, value)

    def set(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Stores any JSON value, for `ttl` seconds. Without `ttl`, an existing item keeps its expiry."""
        place = self._key(key)
        values = {":value": self._text(key, value)}
        if ttl is not None:
            self._update(place, "SET #value = :value, expires_at = :at", {**values, ":at": _expiry("set", ttl)})
            return
        while True:
            now = {":now": _now()}
            with suppress(Lost):
                alive = "attribute_not_exists(expires_at) OR expires_at > :now"
                self._update(place, "SET #value = :value", {**values, **now}, alive)
                return
            # Expired, but not deleted yet. If another writer is faster now, start over.
            with suppress(Lost):
                self._update(place, "SET #value = :value REMOVE expires_at", {**values, **now}, "expires_at <= :now")
                return

    def set_ttl(self, key: str, ttl: float | None) -> None:
        """Lets an item expire in `ttl` seconds; None means never. Raises MissingKey."""
        place = self._key(key)
        now = {":now": _now()}
        alive = "attribute_exists(#key) AND (attribute_not_exists(expires_at) OR expires_at > :now)"
        try:
            if ttl is None:
                self._update(place, "REMOVE expires_at", now, alive)
            else:
                self._update(place, "SET expires_at = :at", {**now, ":at": _expiry("set_ttl", ttl)}, alive)
        except Lost:
            raise MissingKey(self._name, key) from None

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value; if the key does not exist, stores and returns `default`. Atomic."""
        written = self._text(key, default)
        try:
            self._update(
                self._key(key),
                "SET #value = :value REMOVE expires_at",
                {":value": written, ":now": _now()},
                "attribute_not_exists(#key) OR expires_at <= :now",
            )
        except Lost as lost:
            return json.loads((lost.items[0] or {})["value"]["S"])
        return json.loads(written["S"])

    def __delitem__(self, key: str) -> None:
        self.pop(key)

    def pop(self, key: str, default: Any = NONE) -> Any:
        """Removes an item and returns its value. Atomic. Without a default, raises MissingKey for a missing key."""
        item = table.delete(self._key(key), TableName=settings().data_stores_table)
        if item and _is_alive(item):
            return json.loads(item["value"]["S"])
        if default is NONE:
            raise MissingKey(self._name, key)
        return default

    def popitem(self) -> tuple[str, Any]:
        """Removes the first item and returns it. Atomic. Raises KeyError if the store is empty, as a dict does."""
        gone = object()
        for key in self:
            if (value := self.pop(key, gone)) is not gone:
                return key, value
        raise KeyError(f"The data store {self._name!r} is empty.")

    def clear(self) -> None:
        """Deletes all items that exist now."""
        keys = ({name: item[name] for name in ("store", "key")} for item in self._items("#store, #key", expired=True))
        table.delete_all(keys, settings().data_stores_table)

    def __iter__(self) -> Iterator[str]:
        return (item["key"]["S"] for item in self._items("#key, expires_at"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def keys(self) -> "KeysView[str]":
        """The keys in alphabetical order, read as needed."""
        return _Keys(self, lambda: iter(self))

    def items(self) -> "ItemsView[str, Any]":
        """Keys and values, read as needed."""
        return _Items(self, self._pairs)

    def values(self) -> "ValuesView[Any]":
        """The values, read as needed."""
        return _Values(self, lambda: (value for _, value in self._pairs()))

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        return ((item["key"]["S"], json.loads(item["value"]["S"])) for item in self._items("#key, #value, expires_at"))

    def _items(self, attributes: str, *, expired: bool = False) -> Iterator[Item]:
        used = {name: NAMES[name] for name in (*re.findall(r"#\w+", attributes), "#store")}
        found = table.query(
            TableName=settings().data_stores_table,
            KeyConditionExpression="#store = :store",
            ProjectionExpression=attributes,
            ExpressionAttributeNames=used,
            ExpressionAttributeValues={":store": text(self._name)},
            ConsistentRead=True,
        )
        return (item for item in found if expired or _is_alive(item))

    def _update(self, place: Item, expression: str, values: Item, condition: str = "") -> None:
        names = {name: NAMES[name] for name in re.findall(r"#\w+", f"{expression} {condition}")}
        arguments = {"ConditionExpression": condition} if condition else {}
        table.update(
            place,
            TableName=settings().data_stores_table,
            UpdateExpression=expression,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            **arguments,
        )

    def _key(self, key: str) -> Item:
        if not _is_key(key):
            raise BadCall(
                f"A key of the data store {self._name!r} is {payloads.short(key)}; "
                f"it must be text of 1 to {KEY_BYTES} bytes."
            )
        return {"store": text(self._name), "key": text(key)}

    def _text(self, key: str, value: Any) -> Any:
        what = f"{self._name}[{payloads.short(key)}]"
        written = payloads.dump(value, what)
        size = len(written.encode())
        if size > VALUE_BYTES:
            raise TooLarge(f"{what} would be {size} bytes of JSON; at most {VALUE_BYTES} (390 KB) are allowed.")
        return text(written)


class _Fetched:
    """Iterates over the table's items. list() calls len() first, and that must not cost a second request."""

    def __init__(self, store: DataStore, fetch: Callable[[], Iterator[Any]]) -> None:
        super().__init__(store)  # type: ignore[call-arg]  # the view that this is mixed into
        self._fetch = fetch
        self._counted: list[Any] | None = None

    def __len__(self) -> int:
        self._counted = list(self._fetch())
        return len(self._counted)

    def __iter__(self) -> Iterator[Any]:
        counted = self._counted
        self._counted = None
        yield from self._fetch() if counted is None else counted


class _Keys(_Fetched, KeysView[str]):
    pass


class _Items(_Fetched, ItemsView[str, Any]):
    pass


class _Values(_Fetched, ValuesView[Any]):
    pass


def _is_key(key: Any) -> bool:
    try:
        return isinstance(key, str) and 0 < len(key.encode()) <= KEY_BYTES
    except UnicodeEncodeError:
        return False


def _now() -> Any:
    return number(clock.now_ms() // 1000)


def _is_alive(item: Item) -> bool:
    return "expires_at" not in item or int(item["expires_at"]["N"]) > clock.now_ms() // 1000


def _expiry(call: Literal["set", "set_ttl"], ttl: float) -> Any:
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 < ttl <= TTL_S:
        raise BadCall(f"{call}: ttl is {payloads.short(ttl)}; it must be a number of seconds above 0, or None.")
    return number(math.ceil(clock.now_ms() / 1000 + ttl))
