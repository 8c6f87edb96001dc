"""TransactWriteItems: all of its writes or none. Calls writes.

A request with a ClientRequestToken that was done already is not done again, for ten minutes.
"""

import hashlib
import json
from typing import Any

from local.engine.clock import Clock
from local.engine.errors import ServiceError
from local.engine.items.capacity import Consumed
from local.engine.items.refusals import cancelled, invalid, unreadable
from local.engine.items.tables import Table
from local.engine.items.writes import Plan, Step, Target, Writer, plan
from local.engine.place import Place
from local.engine.store import Store

_KINDS = ("Put", "Update", "Delete", "ConditionCheck")
MAX_OPERATIONS = 100
_MAX_BYTES = 4 * 1024 * 1024
_REMEMBERED_MS = 600_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS transaction_tokens (
    token TEXT PRIMARY KEY, digest BLOB NOT NULL, until_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transaction_tokens_by_age ON transaction_tokens (until_ms);
"""


def operations(request: dict[str, Any], kinds: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """The kind and the request of each operation of a transaction. Raises ServiceError."""
    items = request.get("TransactItems")
    if type(items) is not list or not 1 <= len(items) <= MAX_OPERATIONS:
        constraint = f"less than or equal to {MAX_OPERATIONS}" if items else "greater than or equal to 1"
        raise invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
            f"Member must have length {constraint}"
        )
    return [_operation(item, kinds) for item in items]


def _operation(item: Any, kinds: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    if type(item) is not dict or len(item) != 1:
        raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    ((kind, request),) = item.items()
    if kind not in kinds or type(request) is not dict:
        raise unreadable("Unexpected field type")
    return kind, request


class Transactions:
    def __init__(self, store: Store, clock: Clock, writer: Writer) -> None:
        self._store, self._clock, self._writer = store, clock, writer
        store.create(_SCHEMA)

    def write(self, request: dict[str, Any], place: Place, table_of: Any) -> dict[str, Any]:
        """Answers TransactWriteItems. Raises ServiceError; what was cancelled says why for each of its operations."""
        token, digest = request.get("ClientRequestToken"), _digest(request)
        consumed = Consumed(request, "Write", transaction=True)
        planned = [self._plan(kind, part, table_of(part, place)) for kind, part in operations(request, _KINDS)]
        with self._store.transaction():
            if token is not None and self._is_done(token, digest):
                return consumed.several()
            targets = self._targets(planned)
            steps = self._steps(planned, targets)
            self._writer.do([step for step, each in zip(steps, planned, strict=True) if each.kind != "ConditionCheck"])
            if token is not None:
                self._remember(token, digest)
        if consumed.wanted:
            for step in steps:
                step.count(consumed)
        return consumed.several()

    def _plan(self, kind: str, request: dict[str, Any], table: Table) -> Plan:
        required = {"ConditionCheck": "ConditionExpression", "Update": "UpdateExpression"}.get(kind)
        if required and required not in request:
            name = required[0].lower() + required[1:]
            raise invalid(
                f"1 validation error detected: Value null at 'transactItems.1.member.{kind.lower()}.{name}' failed to "
                "satisfy constraint: Member must not be null"
            )
        return plan(kind, request, table)

    def _targets(self, planned: list[Plan]) -> list[Target]:
        targets: list[Target] = []
        for number, each in enumerate(planned):
            try:
                targets.append(each.target())
            except ServiceError as error:
                raise _one_failed(number, len(planned), error) from None
        items = {(each.table, target.key) for each, target in zip(planned, targets, strict=True)}
        if len(items) < len(planned):
            raise invalid("Transaction request cannot include multiple operations on one item")
        if sum(target.size for target in targets) > _MAX_BYTES:
            raise invalid("Transaction payload size cannot exceed 4 MB")
        return targets

    def _steps(self, planned: list[Plan], targets: list[Target]) -> list[Step]:
        steps: list[Step] = []
        reasons: list[dict[str, Any]] = []
        for number, (each, target) in enumerate(zip(planned, targets, strict=True)):
            try:
                steps.append(self._writer.prepare(each, target))
                reasons.append({"Code": "None"})
            except ServiceError as error:
                if error.code != "ConditionalCheckFailedException":
                    raise _one_failed(number, len(planned), error) from None
                reasons.append({"Code": "ConditionalCheckFailed", "Message": error.message, **error.fields})
        if len(steps) < len(planned):
            raise cancelled(reasons)
        return steps

    # ---- Tokens ----

    def _is_done(self, token: Any, digest: bytes) -> bool:
        """Raises ServiceError for a token that came with another request."""
        if type(token) is not str or not 1 <= len(token) <= 36:
            raise invalid(
                f"1 validation error detected: Value '{token}' at 'clientRequestToken' failed to satisfy constraint: "
                "Member must have length less than or equal to 36"
            )
        now_ms = self._clock.now_ms()
        self._store.write("DELETE FROM transaction_tokens WHERE until_ms < ?", now_ms)
        known = self._store.row("SELECT digest FROM transaction_tokens WHERE token = ?", token)
        if known and known[0] != digest:
            raise ServiceError(
                "IdempotentParameterMismatchException",
                "The request parameters do not match those of the request that had this ClientRequestToken before.",
            )
        return known is not None

    def _remember(self, token: str, digest: bytes) -> None:
        until_ms = self._clock.now_ms() + _REMEMBERED_MS
        self._store.write("INSERT INTO transaction_tokens VALUES (?, ?, ?)", token, digest, until_ms)


def _digest(request: dict[str, Any]) -> bytes:
    text = json.dumps(request.get("TransactItems"), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _one_failed(number: int, count: int, error: ServiceError) -> ServiceError:
    """An operation that can't be done, whatever becomes of the others."""
    if error.code != "ValidationException":
        return error
    reasons = [{"Code": "None"} for _ in range(count)]
    reasons[number] = {"Code": "ValidationError", "Message": error.message}
    return cancelled(reasons)
