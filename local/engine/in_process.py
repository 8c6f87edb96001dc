"""The engine of this process, in memory, for clients whose requests moto answers under mock_aws.

Called by moto_differences, which installs it, and by tests. Calls requests, items and moto_tables.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb.models import DynamoDBBackend

from local.engine.clock import Clock
from local.engine.items.changes import Change
from local.engine.items.service import Items
from local.engine.items.writes import OnChange
from local.engine.moto_tables import table_of
from local.engine.place import Place
from local.engine.requests import Requests
from local.engine.store import Store

Replace = Callable[[Any, str, Any], None]


def is_left_out() -> bool:
    """Whether moto answers everything itself, so that the tests of the engine's users run on the reference."""
    return bool(os.environ.get("MOTO_REFERENCE"))


class InProcess:
    def __init__(self) -> None:
        self.listeners: list[OnChange] = []
        """Each gets what is written to tables with a stream."""
        self.items = Items(Store(), Clock(), table_of, self._changed)
        self.requests = Requests({"dynamodb": self.items.answer}, lambda _token: None)

    def _changed(self, changes: list[Change]) -> None:
        for listener in tuple(self.listeners):
            listener(changes)


@lru_cache(maxsize=1)
def engine() -> InProcess:
    """The one of this process."""
    return InProcess()


def install(replace: Replace, on_change: OnChange) -> None:
    """Has the engine answer before moto does, and forget what moto forgets."""
    process_request = BotocoreStubber.process_request

    def answer_first(self: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        target = _text(request.headers.get("X-Amz-Target"))
        if not target.startswith("DynamoDB_"):
            return process_request(self, request)
        headers = {"X-Amz-Target": target, "Authorization": _text(request.headers.get("Authorization"))}
        answer = engine().requests.answer(headers, _text(request.body).encode())
        return (answer.status, answer.headers, answer.body) if answer else process_request(self, request)

    replace(BotocoreStubber, "process_request", answer_first)

    delete_table = DynamoDBBackend.delete_table

    def delete_table_and_items(self: DynamoDBBackend, name: str) -> Any:
        deleted = delete_table(self, name)
        engine().items.drop(Place(self.account_id, self.region_name), deleted.name)
        return deleted

    replace(DynamoDBBackend, "delete_table", delete_table_and_items)

    reset = DynamoDBBackend.reset

    def reset_with_items(self: DynamoDBBackend) -> None:
        place = Place(self.account_id, self.region_name)
        reset(self)
        engine().items.drop(place)

    replace(DynamoDBBackend, "reset", reset_with_items)
    engine().listeners.append(on_change)


def _text(sent: Any) -> str:
    """A header, or a body of JSON, each of which botocore leaves as text or as bytes."""
    return sent.decode() if isinstance(sent, bytes | bytearray) else sent or ""
