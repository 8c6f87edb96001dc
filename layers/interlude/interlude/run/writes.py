"""The conditional writes of `store`, each as the arguments of one request to the table."""

from dataclasses import asdict
from typing import Any

from interlude import clock
from interlude.aws import records
from interlude.aws.records import Item, key, number, stored, text
from interlude.models import Mark, Outcome, Pause, Run, Step, Stored
from interlude.settings import settings

KEPT_DAYS = 800
"""All data of a run expires this long after it was written, unless it is deleted earlier, together with its run. The
bucket's lifecycle rule in the template and the state Begin have the same number. turns.renewal extends it.
"""


def expiry(seconds: int = 0) -> int:
    """When a run that ends `seconds` from now may be deleted, in seconds since the epoch."""
    return clock.now_ms() // 1000 + seconds + settings().retention_days * clock.DAY_S


def kept_until() -> int:
    """Until when data is kept that is written now, in seconds since the epoch."""
    return clock.now_ms() // 1000 + KEPT_DAYS * clock.DAY_S


def step(run_id: str, done: Step) -> Item:
    return {
        "item": records.step_item(run_id, done, kept_until()),
        "ConditionExpression": "attribute_not_exists(turn) OR turn < :turn",
        "ExpressionAttributeValues": {":turn": number(done.turn)},
    }


def run(run_id: str, turn: int | None, expression: str, **values: Any) -> Item:
    """A change of the run's own item, on the condition that the run is active.

    A write for a turn from before the last retry is too late and refused. None means a write from outside the run.
    """
    condition = "#status IN (:running, :paused)"
    expression_values = {":running": text("running"), ":paused": text("paused")}
    if turn is not None:
        # As in the state Record failure.
        condition += " AND (attribute_not_exists(from_turn) OR from_turn <= :turn)"
        expression_values[":turn"] = number(turn)
    return {
        "key": key(run_id, "RUN"),
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": expression_values | {f":{name}": value for name, value in values.items()},
    }


def pause(going: Run, turn: int, wait: Pause, cost: int, execution: str) -> Item:
    """The run's item has the wait's times, too, for the index that the function Watch reads."""
    return run(
        going.run_id,
        turn,
        "SET #status = :status, waiting = :workflow, execution = :execution, "
        "wait_kind = :kind, wait_since = :since, wait_until = :until "
        "REMOVE expires_at ADD pauses :one, credits :cost",
        status=text("paused"),
        workflow=text(going.workflow),
        execution=text(execution),
        kind=text(wait.kind),
        since=text(wait.since),
        until=text(wait.until),
        one=number(1),
        cost=number(cost),
    )


def go_on(paused: Run, turn: int) -> Item:
    change = run(
        paused.run_id,
        turn,
        "SET #status = :status REMOVE waiting",
        status=text("running"),
        pauses=number(paused.pauses),
    )
    # A slow duplicate of this call must not undo a later pause.
    change["ConditionExpression"] += " AND #status = :paused AND pauses = :pauses"
    return change


def cancel(run_id: str, turn: int | None = None, *, stop: bool = False) -> Item:
    """`stop` makes the reader of the table's stream stop the execution, in case the caller dies before it does."""
    assignments = "#status = :status, ended_at = :now, expires_at = :expires_at"
    values: Item = {
        "status": text("cancelled"),
        "now": text(clock.iso(clock.now_ms())),
        "expires_at": number(expiry()),
    }
    if stop:
        assignments += ", stopped = :stopped"
        values["stopped"] = {"BOOL": True}
    return run(run_id, turn, f"SET {assignments} REMOVE waiting", **values)


def close(run_id: str, turn: int, failure: str) -> Item:
    """The same change as in the state Record failure."""
    return run(
        run_id,
        turn,
        "SET #status = :status, ended_at = :now, failure = :failure, expires_at = :expires_at REMOVE waiting",
        status=text("failed"),
        now=text(clock.iso(clock.now_ms())),
        failure=text(failure),
        expires_at=number(expiry()),
    )


def retry(going: Run, execution: str, cost: int) -> Item:
    """Sets a failed run going again, on the condition that the failure is still the same."""
    assert going.retried
    assignments = (
        "#status = :status, execution = :execution, #steps = :steps, #options = :options, "
        "retried = :retried, from_turn = :turn"
    )
    values = {
        ":status": text("running"),
        ":execution": text(execution),
        ":steps": text(going.steps),
        ":options": text(going.options),
        ":retried": records.document(asdict(going.retried)),
        ":turn": number(going.retried.turn),
        ":cost": number(cost),
        ":failed": text("failed"),
        ":ended_at": text(going.ended_at),
    }
    if going.retried.comes_from_own_wait:  # back to the wait
        assignments += ", waiting = :workflow"
        values |= {":status": text("paused"), ":workflow": text(going.workflow)}
    return {
        "key": key(going.run_id, "RUN"),
        "UpdateExpression": f"SET {assignments} REMOVE ended_at, failure, expires_at ADD credits :cost",
        "ConditionExpression": "#status = :failed AND ended_at = :ended_at",
        "ExpressionAttributeNames": {"#status": "status", "#steps": "steps", "#options": "options"},
        "ExpressionAttributeValues": values,
    }


def note_retry(going: Run) -> Item:
    """An item that announces a retry to the reader of the table's stream, which starts the execution if need be."""
    assert going.retried
    return {
        "key": key(going.run_id, f"RETRY#{going.retried.turn}"),
        "UpdateExpression": "SET retried_at = :now, expires_at = :expires_at",
        "ExpressionAttributeValues": {
            ":now": text(clock.iso(clock.now_ms())),
            ":expires_at": number(kept_until()),
        },
    }


def mend_expiry(run_id: str) -> Item:
    """For a run that failed in its first turn: the state machine can't compute when it may expire."""
    return {
        "key": key(run_id, "RUN"),
        "UpdateExpression": "SET expires_at = :expires_at",
        "ConditionExpression": "#status = :failed AND expires_at = :never",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":failed": text("failed"),
            ":never": number(0),
            ":expires_at": number(expiry()),
        },
    }


def claim(run_id: str, name: str, outcome: Outcome, request: Stored | None = None, mark: Mark | None = None) -> Item:
    assignments = "outcome = :outcome, outcome_at = :at, expires_at = :expires_at"
    values = {
        ":outcome": text(outcome),
        ":at": text(clock.iso(clock.now_ms())),
        ":expires_at": number(kept_until()),
    }
    if request:
        assignments += ", callback = :callback"
        values[":callback"] = stored(request)
    if mark:
        assignments += ", mark = :mark"
        values[":mark"] = records.document(asdict(mark))
    return {
        "key": key(run_id, records.wait_key(name)),
        "UpdateExpression": f"SET {assignments}",
        "ConditionExpression": "attribute_not_exists(outcome)",
        "ExpressionAttributeValues": values,
    }


def close_wait(run_id: str, name: str) -> Item:
    """Tells the state Park not to begin this wait: its run has been stopped."""
    return {
        "key": key(run_id, records.wait_key(name)),
        "UpdateExpression": "SET closed = :closed, expires_at = :expires_at",
        "ExpressionAttributeValues": {":closed": {"BOOL": True}, ":expires_at": number(kept_until())},
    }


def respond(run_id: str, response: Stored) -> Item:
    """A response is needed for seconds only; it expires when a run that ends now would."""
    return {
        "item": {**key(run_id, "RESPONSE"), "response": stored(response), "expires_at": number(expiry())},
        "ConditionExpression": "attribute_not_exists(pk)",
    }


def all_of(*writes: Item) -> Any:
    """The writes as TransactWriteItems takes them: all or none."""
    return [_in_transaction(write) for write in writes]


def _in_transaction(write: Item) -> Item:
    names = {"key": "Key", "item": "Item"}
    operation = "Put" if "item" in write else "Update"
    return {
        operation: {
            "TableName": settings().table,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **{names.get(name, name): value for name, value in write.items()},
        }
    }


def renewal(run_id: str, sort_key: str, kept_until: int) -> Item:
    """On the condition that the item exists: a deleted one must not come back empty."""
    return {
        "key": key(run_id, sort_key),
        "UpdateExpression": "SET expires_at = :expires_at",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":expires_at": number(kept_until)},
    }
