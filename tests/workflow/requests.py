"""The requests to AWS that the functions of a stack make, with the items that each is about."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from interlude.aws import clients
from tests.templates import PROJECT

SERVICES = ("dynamodb", "s3", "stepfunctions")


class Requests:
    """Each request as bench.counts writes it: those of steps, and those of the stack's other functions."""

    def __init__(self) -> None:
        self.of_steps: list[str] = []
        self.of_others: list[str] = []
        self._indexes = indexes()
        self._waiting: set[str] = set()

    def note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        # A step's function has this variable, and World sets the variables of the function that is called.
        made = self.of_steps if "STEP" in os.environ else self.of_others
        made.append(" ".join([model.name, *self._items(params)]))

    def _items(self, params: dict[str, Any]) -> list[str]:
        if "TransactItems" in params:
            writes = [next(iter(each.values())) for each in params["TransactItems"]]
            return [item for write in writes for item in self._items(write)]
        if "RequestItems" in params and "Keys" in next(iter(params["RequestItems"].values())):
            [asked] = params["RequestItems"].values()
            return [kind(key) for key in asked["Keys"]]
        if "Item" in params:
            return [kind(params["Item"])]
        if "UpdateExpression" not in params:
            return []
        changed = self._changed_entries(params)
        return [kind(params["Key"]) + (f"/{changed}" if changed else "")]

    def _changed_entries(self, update: dict[str, Any]) -> int:
        """In how many indexes an update changes an entry. A run is in those with the key `waiting` while it waits."""
        run = update["Key"]["pk"]["S"]
        changed = attributes(update)
        waited = run in self._waiting
        if "waiting" in changed:
            sets = update["UpdateExpression"].partition("REMOVE")[0]
            (self._waiting.add if "waiting = " in sets else self._waiting.discard)(run)
        waits = waited or run in self._waiting
        return sum(bool(changed & projected) for keys, projected in self._indexes if waits or "waiting" not in keys)


def kind(key: dict[str, Any]) -> str:
    """RUN, STEP, WAIT and so on."""
    return str(key["sk"]["S"]).partition("#")[0]


def attributes(update: dict[str, Any]) -> set[str]:
    """Those that an update expression sets, adds to or removes."""
    names = update.get("ExpressionAttributeNames", {})
    words = update["UpdateExpression"].replace(",", " ").replace("=", " ").split()
    return {names.get(word, word) for word in words if not word.startswith(":")}


def indexes() -> list[tuple[set[str], set[str]]]:
    """The keys of each index of the template, and all attributes that an entry in it has."""
    template = yaml_parse((PROJECT / "template.yaml").read_text(encoding="utf-8"))
    found = []
    for index in template["Resources"]["Runs"]["Properties"]["GlobalSecondaryIndexes"]:
        keys = {key["AttributeName"] for key in index["KeySchema"]}
        found.append((keys, keys | set(index["Projection"]["NonKeyAttributes"])))
    return found


@contextmanager
def noted() -> Iterator[Requests]:
    """Notes the requests of all functions, until the block ends."""
    requests = Requests()
    emitters = [clients.client(service).meta.events for service in SERVICES]
    for emitter in emitters:
        emitter.register("before-parameter-build", requests.note)
    try:
        yield requests
    finally:
        for emitter in emitters:
            emitter.unregister("before-parameter-build", requests.note)
