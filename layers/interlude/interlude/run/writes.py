"""The conditional writes of `store`, each as the arguments of one request to the table. Called by the store only."""

from dataclasses import asdict
from typing import Any

from interlude import clock
from interlude.aws import records
from interlude.aws.records import Item, key, number, stored, text
from interlude.models import Mark, Outcome, Pause, Run, Step, Stored
from interlude.settings import settings

KEPT_DAYS = 800
"""What belongs to a run goes so long after it was written, if nobody deletes it with its run. The bucket's lifecycle
rule in the template and the state Begin say the same. See turns.renewal for runs that need it for longer.
"""


def expiry(seconds: int = 0) -> int:
    """When a run that ends `seconds` from now may be deleted, in seconds since the epoch."""
    return clock.now_ms() // 1000 + seconds + settings().retention_days * clock.DAY_S


def kept_until() -> int:
    """Until when it is kept what is written now, in seconds since the epoch."""
    return clock.now_ms() // 1000 + KEPT_DAYS * clock.DAY_S


def step(run_id: str, done: Step) -> Item:
    return {
        "item": records.step_item(run_id, done, kept_until()),
        "ConditionExpression": "attribute_not_exists(turn) OR turn < :turn",
        "ExpressionAttributeValues": {":turn": number(done.turn)},
    }


def run(run_id: str, turn: int | None, expression: str, **values: Any) -> Item:
    """A change of the run's own item that holds only while the run is active.

    Whoever speaks for a turn from before the run was last retried comes too late. None is somebody outside of the run.
    """
    return {
        "key": key(run_id, "RUN"),
        "UpdateExpression": expression,
        # As in the state Record failure.
        "ConditionExpression": "#status IN (:running, :paused)"
        + (" AND (attribute_not_exists(from_turn) OR from_turn <= :turn)" if turn is not None else ""),
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":running": text("running"),
            ":paused": text("paused"),
            **({":turn": number(turn)} if turn is not None else {}),
            **{f":{name}": value for name, value in values.items()},
        },
    }


def pause(going: Run, turn: int, wait: Pause, cost: int, execution: str) -> Item:
    """The wait's times stand in the run's item, too: for who looks after all runs that wait."""
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
    # A slow twin of this call must not undo the pause that came after it.
    change["ConditionExpression"] += " AND #status = :paused AND pauses = :pauses"
    return change


def cancel(run_id: str, turn: int | None = None, *, stop: bool = False) -> Item:
    """`stop` has the reader of the table's stream stop the execution, should the caller not come to it."""
    return run(
        run_id,
        turn,
        "SET #status = :status, ended_at = :now, expires_at = :expires_at"
        + (", stopped = :stopped" if stop else "")
        + " REMOVE waiting",
        status=text("cancelled"),
        now=text(clock.iso(clock.now_ms())),
        expires_at=number(expiry()),
        **({"stopped": {"BOOL": True}} if stop else {}),
    )


def close(run_id: str, turn: int, failure: str) -> Item:
    """What the state Record failure writes."""
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
    """Sets a run that failed going again, on the condition that it still is the same failure."""
    assert going.retried
    paused = going.retried.comes_from_own_wait
    values = {
        ":status": text("paused" if paused else "running"),
        ":execution": text(execution),
        ":steps": text(going.steps),
        ":options": text(going.options),
        ":retried": records.document(asdict(going.retried)),
        ":turn": number(going.retried.turn),
        ":cost": number(cost),
        ":failed": text("failed"),
        ":ended_at": text(going.ended_at),
        **({":workflow": text(going.workflow)} if paused else {}),
    }
    return {
        "key": key(going.run_id, "RUN"),
        "UpdateExpression": "SET #status = :status, execution = :execution, #steps = :steps, #options = :options, "
        "retried = :retried, from_turn = :turn" + (", waiting = :workflow" if paused else "") + " "
        "REMOVE ended_at, failure, expires_at ADD credits :cost",
        "ConditionExpression": "#status = :failed AND ended_at = :ended_at",
        "ExpressionAttributeNames": {"#status": "status", "#steps": "steps", "#options": "options"},
        "ExpressionAttributeValues": values,
    }


def note_retry(going: Run) -> Item:
    """An item by which the reader of the table's stream knows of a retry, once, and can start what it has to start."""
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
    """Of a run that has failed in its first turn: the state machine can't reckon when it may be deleted."""
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
    values = {
        ":outcome": text(outcome),
        ":at": text(clock.iso(clock.now_ms())),
        ":expires_at": number(kept_until()),
        **({":callback": stored(request)} if request else {}),
        **({":mark": records.document(asdict(mark))} if mark else {}),
    }
    return {
        "key": key(run_id, records.wait_key(name)),
        "UpdateExpression": "SET outcome = :outcome, outcome_at = :at, expires_at = :expires_at"
        + (", callback = :callback" if request else "")
        + (", mark = :mark" if mark else ""),
        "ConditionExpression": "attribute_not_exists(outcome)",
        "ExpressionAttributeValues": values,
    }


def close_wait(run_id: str, name: str) -> Item:
    """Leaves word for the state Park that nobody will end this wait: its run has been stopped."""
    return {
        "key": key(run_id, records.wait_key(name)),
        "UpdateExpression": "SET closed = :closed, expires_at = :expires_at",
        "ExpressionAttributeValues": {":closed": {"BOOL": True}, ":expires_at": number(kept_until())},
    }


def respond(run_id: str, response: Stored) -> Item:
    """A response is of use for seconds; it goes when a run that ended now would go."""
    return {
        "item": {**key(run_id, "RESPONSE"), "response": stored(response), "expires_at": number(expiry())},
        "ConditionExpression": "attribute_not_exists(pk)",
    }


def all_of(*writes: Item) -> Any:
    """Writes as TransactWriteItems takes them: all or none."""
    names = {"key": "Key", "item": "Item"}
    beside = {"TableName": settings().table, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return [
        {
            "Put" if "item" in write else "Update": beside
            | {names.get(name, name): value for name, value in write.items()}
        }
        for write in writes
    ]


def renewal(run_id: str, sort_key: str, kept_until: int) -> Item:
    """Of an item that is there: one that has gone must not come back as an empty one."""
    return {
        "key": key(run_id, sort_key),
        "UpdateExpression": "SET expires_at = :expires_at",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":expires_at": number(kept_until)},
    }
