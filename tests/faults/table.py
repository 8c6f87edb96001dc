"""The table as the tests of this folder look at it from behind: on the engine, or on moto where the engine is left out.

Called by stack and world.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from local import moto_differences
from local.engine.items.changes import Change
from local.engine.place import Place
from local.moto_differences import engine, streams

ACCOUNT, REGION, NAME = "123456789012", "us-east-1", "runs"
_PLACE = Place(ACCOUNT, REGION)

_records: list[dict[str, Any]] = []


@contextmanager
def recording() -> Iterator[None]:
    """Inside, new_records() has what is written to the table."""
    moto_differences.install()
    if engine.current() is None:
        yield
        return
    with engine.listening(_record):
        yield
    _records.clear()


def _record(changes: list[Change]) -> None:
    _records.extend(streams.record_of(change) for change in changes if change.table.name == NAME)


def new_records() -> list[dict[str, Any]]:
    """What has come to the table's stream since this was last asked."""
    if engine.current() is None:
        shard = _moto().stream_shard
        records, shard.items = [each.to_json() for each in shard.items], []
    else:
        records = _records.copy()
        _records.clear()
    for record in records:
        record["dynamodb"].pop("ApproximateCreationDateTime")
    return records


def items() -> list[dict[str, Any]]:
    """All items, in the order of their keys."""
    if (plugged_in := engine.current()) is not None:
        return plugged_in.items.dump(_PLACE, NAME)
    return [item.to_json()["Attributes"] for item in _moto().all_items()]


def restore(wanted: list[dict[str, Any]]) -> None:
    """Makes the table have these items and no others, of which its stream hears nothing."""
    if (plugged_in := engine.current()) is not None:
        plugged_in.items.load(_PLACE, NAME, wanted)
    else:
        table = _moto()
        table.items.clear()
        for item in copy.deepcopy(wanted):
            table.put_item(item)
    new_records()


def _moto() -> Any:
    return dynamodb_backends[ACCOUNT][REGION].tables[NAME]
