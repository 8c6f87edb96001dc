"""A table of the engine's own, without moto. Called by the tests of local.engine.items."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from local.engine.clock import Clock
from local.engine.errors import ServiceError
from local.engine.items.service import Items
from local.engine.items.tables import Attribute, Index, Table
from local.engine.place import ACCOUNT, Place
from local.engine.store import Store

PLACE = Place(ACCOUNT, "us-east-1")
PK, SK = Attribute("pk", "S"), Attribute("sk", "S")


class SetClock(Clock):
    """A clock that a test sets."""

    ms = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.ms


class Stage:
    def __init__(self) -> None:
        self.store, self.clock = Store(), SetClock()
        self.tables: dict[str, Table] = {}
        self.changes: list[Any] = []
        """What the streams had."""
        self.items = Items(self.store, self.clock, lambda _, name: self.tables.get(name), self.changes.extend)
        self.describe()

    def describe(self, name: str = "table", **parts: Any) -> None:
        """Gives a table another description: with a hash key of text and a range key of text, unless told."""
        described = {"hash": (PK,), "range": (SK,), "indexes": (), "expiry": None, "stream": "NEW_IMAGE", **parts}
        arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}"
        self.tables[name] = Table(place=PLACE, name=name, arn=arn, **described)

    def ask(self, operation: str, **request: Any) -> Any:
        if not request.keys() & {"TableName", "RequestItems", "TransactItems"}:
            request["TableName"] = "table"
        return self.items.answer(operation, copy.deepcopy(request), PLACE)

    def refused(self, operation: str, **request: Any) -> ServiceError:
        """The error that a request gets."""
        with pytest.raises(ServiceError) as refused:
            self.ask(operation, **request)
        return refused.value

    def put(self, pk: str, sk: str = "s", **attributes: Any) -> None:
        self.ask("PutItem", Item={**key(pk, sk), **attributes})

    def get(self, pk: str, sk: str = "s") -> Any:
        return self.ask("GetItem", Key=key(pk, sk)).get("Item")

    def update(self, expression: str, pk: str = "p", sk: str = "s", **more: Any) -> Any:
        values = more.pop("values", None)
        given = {"ExpressionAttributeValues": values} if values else {}
        return self.ask("UpdateItem", Key=key(pk, sk), UpdateExpression=expression, **given, **more)


def key(pk: str, sk: str = "s") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def index(name: str, hash_key: str, range_key: str | None = None, **more: Any) -> Index:
    ranges = (Attribute(range_key, more.pop("kind", "S")),) if range_key else ()
    described = {"is_global": True, "projection": None, **more}
    return Index(name=name, hash=(Attribute(hash_key, "S"),), range=ranges, **described)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.store.close()
