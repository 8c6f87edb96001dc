"""The life of a run in the table: the begin and end of its steps, and the end of its waits.

Every write that others may race for has a condition, and the loser reads the winner's item from the error.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from interlude.aws import records, table
from interlude.aws.records import Item, key, number, text
from interlude.aws.table import Lost
from interlude.errors import RunOver, UnknownRun
from interlude.models import ENDED, Mark, Outcome, Run, Step, Stored, Wait
from interlude.run import writes
from interlude.settings import settings


@dataclass(frozen=True, slots=True)
class Loaded:
    run: Run
    step: Step | None
    wait: Wait | None


def load(run_id: str, index: int, wait: str = "") -> Loaded:
    """A run, one of its steps and one of its waits, in one request. Raises UnknownRun."""
    _check_id(run_id)
    sort_keys = ["RUN", records.step_key(index)]
    if wait:
        sort_keys.append(records.wait_key(wait))
    items = {item["sk"]["S"]: item for item in table.get([key(run_id, sort_key) for sort_key in sort_keys])}
    if "RUN" not in items:
        raise UnknownRun(run_id)
    step = items.get(records.step_key(index))
    waited = items.get(records.wait_key(wait))
    return Loaded(
        run=records.run_of(items["RUN"]),
        step=records.step_of(step) if step else None,
        wait=records.wait_of(waited) if waited else None,
    )


def steps(run_id: str) -> list[Step]:
    """All steps that have run so far, in order."""
    return [records.step_of(item) for item in _items(run_id, "STEP#")]


def wait(run_id: str, name: str) -> Wait | None:
    """One wait; None if it was never written."""
    return next(iter(waits(run_id, [name])), None)


def waits(run_id: str, names: list[str]) -> list[Wait]:
    """Up to 100 waits, without those that were never written."""
    keys = [key(run_id, records.wait_key(name)) for name in dict.fromkeys(names)]
    return [records.wait_of(item) for item in table.get(keys)] if keys else []


def history(run_id: str) -> tuple[Run, list[Step]]:
    """A run with its steps. Raises UnknownRun."""
    _check_id(run_id)
    items = list(_items(run_id, "RUN"))
    if not items or items[0]["sk"]["S"] != "RUN":
        raise UnknownRun(run_id)
    return records.run_of(items[0]), [records.step_of(item) for item in items[1:]]


def save(run_id: str, step: Step) -> Step:
    """Stores a step, unless its turn has been answered already. Returns the stored step."""
    try:
        table.put(**writes.step(run_id, step))
    except Lost as lost:
        return _winner(lost)
    return step


def fail(run_id: str, step: Step) -> Step:
    """Stores a step that failed. Returns the stored step; raises RunOver.

    The state Record failure then ends the run. It can't compute the run's expiry, which is stored here.
    """
    change = writes.run(run_id, step.turn, "SET expires_at = :expires_at", expires_at=number(writes.expiry()))
    return _save_with_run(run_id, step, change)


def pause(run: Run, step: Step, cost: int, execution: str) -> Step:
    """Stores a step that ends in a wait, and pauses its run. Returns the stored step; raises RunOver."""
    assert step.pause
    change = writes.pause(run, step.turn, step.pause, cost, execution)
    return _save_with_run(run.run_id, step, change)


def finish(run_id: str, step: Step, cost: int, exit_reason: str) -> Step:
    """Stores the last step of a run together with the run's end. Returns the stored step; raises RunOver."""
    change = writes.run(
        run_id,
        step.turn,
        "SET #status = :status, ended_at = :now, exit_reason = :reason, expires_at = :expires_at "
        "REMOVE waiting ADD credits :cost",
        status=text("succeeded"),
        now=text(step.ended_at),
        reason=text(exit_reason),
        expires_at=number(writes.expiry()),
        cost=number(cost),
    )
    return _save_with_run(run_id, step, change)


def go_on(run: Run, turn: int) -> bool:
    """Sets a paused run to running. False if another call of this turn has done so. Raises RunOver."""
    try:
        table.update(**writes.go_on(run, turn))
    except Lost as lost:
        now = records.run_of(lost.items[0]) if lost.items[0] else None
        if not now or now.status in ENDED or now.is_past(turn):
            raise _over(run.run_id, lost.items[0]) from None
        return False
    return True


def settle(run_id: str, step: Step) -> Step:
    """Stores a step whose wait has ended, and sets its run to running. Returns the stored step; raises RunOver."""
    change = writes.run(run_id, step.turn, "SET #status = :status REMOVE waiting", status=text("running"))
    return _save_with_run(run_id, step, change)


def cancel(run_id: str, turn: int | None = None) -> None:
    """Ends a run as cancelled, in a turn of its own or from outside. From outside, its execution must be stopped, too.

    Raises RunOver, or UnknownRun.
    """
    _change(run_id, writes.cancel(run_id, turn, stop=turn is None))


def close(run_id: str, turn: int, failure: str) -> None:
    """Ends a run as failed whose execution ended without writing to the table. Raises RunOver, or UnknownRun."""
    _change(run_id, writes.close(run_id, turn, failure))


def mend_expiry(run_id: str) -> None:
    """Sets the expiry of a run that failed in its first turn."""
    with suppress(Lost):
        table.update(**writes.mend_expiry(run_id))


def _change(run_id: str, change: Item) -> None:
    try:
        table.update(**change)
    except Lost as lost:
        raise _over(run_id, lost.items[0]) from None


def retry(going: Run, execution: str, cost: int) -> bool:
    """Sets a failed run to continue as `going`, in an execution that does not exist yet. False if another request was
    first.
    """
    try:
        table.transact(writes.all_of(writes.retry(going, execution, cost), writes.note_retry(going)))
    except Lost:
        return False
    return True


def claim(
    run_id: str, name: str, outcome: Outcome, request: Stored | None = None, mark: Mark | None = None
) -> tuple[bool, Wait]:
    """Ends a wait that is still open. Returns whether this call ended it, and the stored wait.

    A callback may arrive before its wait begins, while the step is still running. Its claim is stored for that wait.
    """
    try:
        item = table.update(**writes.claim(run_id, name, outcome, request, mark), ReturnValues="ALL_NEW")
    except Lost as lost:
        return False, records.wait_of(lost.items[0] or {})
    return True, records.wait_of(item)


def claim_cancel(run_id: str, name: str, mark: Mark | None = None) -> tuple[bool, Wait]:
    """Ends a wait as cancelled, like `claim`, and its run with it. Raises RunOver.

    Both or neither: a client must not get a cancel confirmed while the run, whose step has just exited, succeeds.
    """
    try:
        table.transact(writes.all_of(writes.claim(run_id, name, "cancelled", mark=mark), writes.cancel(run_id)))
    except Lost as lost:
        if lost.items[0]:
            return False, records.wait_of(lost.items[0])
        raise _over(run_id, lost.items[1]) from None
    ended = wait(run_id, name)
    assert ended
    return True, ended


def close_wait(run_id: str, name: str) -> Wait:
    """Keeps the state Park from beginning for a run that was stopped. Returns the stored wait."""
    return records.wait_of(table.update(**writes.close_wait(run_id, name), ReturnValues="ALL_NEW"))


def note_renewal(run_id: str, turn: int, kept_until: int) -> None:
    """Notes that all data of a run is kept until then. Raises RunOver, or UnknownRun."""
    _change(run_id, writes.run(run_id, turn, "SET kept_until = :kept_until", kept_until=number(kept_until)))


def forget(run_id: str) -> bool:
    """Deletes what is left of a run whose own item is gone. False if the item exists: an id may be used again."""
    pk = {":pk": text(f"RUN#{run_id}")}
    own = {"KeyConditionExpression": "pk = :pk AND sk = :sk", "ExpressionAttributeValues": {**pk, ":sk": text("RUN")}}
    if any(table.query(**own, ConsistentRead=True)):
        return False
    rest = table.query(KeyConditionExpression="pk = :pk", ExpressionAttributeValues=pk, ProjectionExpression="pk, sk")
    table.delete_all(rest, settings().table)
    return True


def _save_with_run(run_id: str, step: Step, run_write: Item) -> Step:
    try:
        table.transact(writes.all_of(writes.step(run_id, step), run_write))
    except Lost as lost:
        if lost.items[0]:
            return _winner(lost)
        raise _over(run_id, lost.items[1]) from None
    return step


def _check_id(run_id: str) -> None:
    """Raises UnknownRun for a long id. Names of executions have up to 80 characters, and the table limits its keys."""
    if len(run_id) > 80:
        raise UnknownRun(run_id)


def _items(run_id: str, first: str) -> Any:
    # WAIT# sorts after STEP#, so this does not read the thousands of waits that a poll may have.
    return table.query(
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues={":pk": text(f"RUN#{run_id}"), ":first": text(first), ":last": text("STEP#~")},
        ConsistentRead=True,
    )


def _winner(lost: Lost) -> Step:
    """The step as stored by the call that answered this turn first."""
    return records.step_of(lost.items[0] or {})


def _over(run_id: str, item: Item | None) -> RunOver | UnknownRun:
    if not item:
        return UnknownRun(run_id)
    run = records.run_of(item)
    return RunOver(run.status, run.ended_at)
