"""PutItem, UpdateItem and DeleteItem, alone and as parts of a transaction. Calls rows, expressions and capacity."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from local.engine.clock import Clock
from local.engine.items import expressions, keys, projections, update_text, values
from local.engine.items.capacity import Consumed
from local.engine.items.changes import Change
from local.engine.items.conditions import Condition
from local.engine.items.handles import IndexChange, index_changes
from local.engine.items.keys import Key
from local.engine.items.reader import Expression
from local.engine.items.refusals import condition_failed, invalid
from local.engine.items.rows import Row, Rows
from local.engine.items.scope import Scope
from local.engine.items.tables import Table
from local.engine.items.updates import Update
from local.engine.items.values import Item
from local.engine.store import Store

OnChange = Callable[[list[Change]], None]

_ON_FAILURE = "ReturnValuesOnConditionCheckFailure"
_RETURN_VALUES = {
    "Put": ("NONE", "ALL_OLD"),
    "Delete": ("NONE", "ALL_OLD"),
    "Update": ("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"),
}


@dataclass(frozen=True)
class Plan:
    """A write as its request describes it."""

    kind: str
    """Put, Update, Delete or ConditionCheck."""
    request: dict[str, Any]
    table: Table
    condition: Expression[Condition] | None
    update: Expression[Update] | None
    scope: Scope

    def target(self) -> "Target":
        """Raises ServiceError for an item or a key that the table can't have."""
        if self.kind != "Put":
            return Target(keys.named(self.table, self.request.get("Key")), 0)
        item = self.request.get("Item")
        size = values.check_item(item)
        if size > values.MAX_ITEM_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size")
        return Target(keys.primary(self.table, item), size)  # type: ignore[arg-type]  # it was checked

    def check_condition(self, old: Item | None) -> None:
        """Raises ServiceError where the condition does not hold."""
        if self.condition and not self.condition.root.holds(old or {}, self.scope):
            raise condition_failed(old if self.request.get(_ON_FAILURE) == "ALL_OLD" else None)

    def result(self, old: Item | None) -> Item | None:
        """What there is afterwards. Raises ServiceError."""
        if self.kind == "Put":
            return self.request["Item"]  # type: ignore[no-any-return]
        if self.kind == "Delete":
            return None
        if self.update is None:
            return old or self.request["Key"]
        new = self.update.root.apply(old or self.request["Key"], self.scope)
        # What only takes away makes no item.
        return new if old or self.update.root.adds_something else None


class Target(NamedTuple):
    """The key of the item that a write is about, and the size of the item that it puts there."""

    key: Key
    size: int


def plan(kind: str, request: dict[str, Any], table: Table) -> Plan:
    """Raises ServiceError for a request that is wrong whatever the table holds."""
    expressions.refuse_legacy(request)
    condition = expressions.condition(request, "ConditionExpression")
    update = expressions.read(request, "UpdateExpression", update_text.parse) if kind == "Update" else None
    scope = expressions.scope(request, (update, condition))
    if condition:
        condition.root.check(scope, condition.parameter)
    if update:
        update.root.check(scope, table.key_names)
    _check_choice(request, _ON_FAILURE, ("NONE", "ALL_OLD"))
    return Plan(kind, request, table, condition, update, scope)


def _check_choice(request: dict[str, Any], parameter: str, choices: tuple[str, ...]) -> None:
    chosen = request.get(parameter, "NONE")
    if chosen not in choices:
        name = parameter[0].lower() + parameter[1:]
        raise invalid(
            f"1 validation error detected: Value '{chosen}' at '{name}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(choices)}]"
        )


@dataclass(frozen=True)
class Step:
    """A write of which only the writing is left to do."""

    table: Table
    key: Key
    old: Row | None
    new: Item | None
    size: int
    """Of the new item, in bytes; 0 where there is none."""
    index_changes: list[IndexChange]

    def count(self, consumed: Consumed) -> None:
        """Adds what it costs."""
        indexes = tuple(change.of for change in self.index_changes)
        consumed.write(self.table, max(self.size, self.old.size if self.old else 0), indexes)


class Writer:
    def __init__(self, store: Store, clock: Clock, rows: Rows, on_change: OnChange) -> None:
        self.store, self._clock, self._rows, self._on_change = store, clock, rows, on_change

    def write(self, kind: str, request: dict[str, Any], table: Table) -> dict[str, Any]:
        """Answers PutItem, UpdateItem or DeleteItem. Raises ServiceError."""
        consumed = Consumed(request)
        planned = plan(kind, request, table)
        shown = request.get("ReturnValues", "NONE")
        if shown not in _RETURN_VALUES[kind]:
            if kind == "Update":
                _check_choice(request, "ReturnValues", _RETURN_VALUES[kind])
            raise invalid("Return values set to invalid value")
        target = planned.target()
        with self.store.transaction():
            step = self.prepare(planned, target)
            self.do([step])
        if consumed.wanted:
            step.count(consumed)
        return {**_attributes(planned, step, shown), **consumed.one()}

    def prepare(self, planned: Plan, target: Target) -> Step:
        """In a transaction. Raises ServiceError where the condition does not hold, or the item can't become that."""
        row = self._rows.get(self._rows.handles.of(planned.table), target.key)
        old = row.item if row else None
        planned.check_condition(old)
        new = planned.result(old)
        size = target.size
        if planned.kind == "Update" and new is not None:
            size = values.check_item(new)
            if size > values.MAX_ITEM_BYTES:
                raise invalid("Item size to update has exceeded the maximum allowed size")
        return Step(planned.table, target.key, row, new, size, index_changes(planned.table, target.key, old, new))

    def do(self, steps: list[Step], *, expired: bool = False) -> None:
        """Writes what was prepared, in the transaction, which the streams hear of as well."""
        changes = []
        for step in steps:
            handle = self._rows.handles.of(step.table)
            if step.new is not None:
                self._rows.put(handle, step.key, step.old, step.new, step.size, step.index_changes)
            elif step.old:
                self._rows.delete(handle, step.old, step.index_changes)
            old = step.old.item if step.old else None
            if step.table.stream and old != step.new:
                changes.append(Change(step.table, old, step.new, self._clock.now_ms(), expired))
        if changes:
            self._on_change(changes)


def _attributes(planned: Plan, step: Step, shown: str) -> dict[str, Any]:
    """What ReturnValues asks for."""
    item = step.new if shown.endswith("NEW") else step.old.item if step.old and shown != "NONE" else None
    if item is None:
        return {}
    if shown.startswith("UPDATED"):
        paths = planned.update.root.paths(planned.scope) if planned.update else []
        item = projections.project(item, paths)
    return {"Attributes": item} if item else {}
