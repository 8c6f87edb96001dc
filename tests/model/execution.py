"""Step Functions: where an execution may go from each state of workflow.asl.json, and what can be asked of it."""

from collections.abc import Iterator
from typing import Any

from tests.model import table
from tests.model.invocation import Invocation
from tests.model.scenario import Scenario
from tests.model.state import LIVE, Cursor, Execution, State

AFTER = {
    "continue": "run",
    "wait": "delay",
    "park": "park",
    "roll": "roll",
    "finish": "succeeded",
    "cancelled": "failed",
}
"""Route: the state behind each answer. `failed` is Cancelled or Failed: EventBridge tells of both."""


def moves(s: State, sc: Scenario, number: int) -> Iterator[tuple[str, str, State]]:
    """What may happen next to an execution: kind, name and the state after it."""
    e = s.executions[number]
    if e.state in ("parked", "delay"):
        up = s._replace(up=tuple(sorted({*s.up, e.at.wait})))
        yield "timer", "time is up", up.with_execution(number, state="run", token="")
    elif e.state == "invoked" and s.may("repeated call"):
        # Step Functions lost the connection, not Lambda the process: the first call goes on, unheard.
        yield "fault", "Run step calls again", _run_step(s.after("repeated call"), number)
    elif e.state == "run":
        yield "step", f"Run step {e.at.index}", _run_step(s, number)
    elif e.state in TASKS:
        name, task = TASKS[e.state]
        written, after = task(s, sc, number)
        yield "step", name, after
        if s.may("lost answer"):
            yield "fault", f"{name}, answer lost", written.after("lost answer")
    if e.state in LIVE and s.may("killed"):
        for how in ("aborted", "timed out"):
            yield "fault", f"execution {how}", _ended(s.after("killed"), number, how)


def _run_step(s: State, number: int) -> State:
    call, at = s.executions[number].calls + 1, s.executions[number].at
    return s.with_execution(number, state="invoked", calls=call).with_actor(None, Invocation(number, call, at))


def _park(s: State, sc: Scenario, number: int) -> tuple[State, State]:
    e = s.executions[number]
    token = f"{number}:{e.tokens + 1}"
    written, held = table.park(s.with_execution(number, tokens=e.tokens + 1), sc, e.at.wait, token)
    if held:
        return written, written.with_execution(number, state="parked", token=token)
    return written, written.with_execution(number, state="run")


def _roll_over(s: State, sc: Scenario, number: int) -> tuple[State, State]:
    at = s.executions[number].at
    written = start(s, sc, f"roll {at.turn}", at._replace(next=at.after, after=""))
    return written, _ended(written, number, "succeeded")


def _record_failure(s: State, sc: Scenario, number: int) -> tuple[State, State]:
    written = table.close(s, sc, s.executions[number].at.turn, s.executions[number].at)
    return written, _ended(written, number, "failed")


TASKS = {"park": ("Park", _park), "roll": ("Roll over", _roll_over), "record": ("Record failure", _record_failure)}
"""What the machine writes itself: the state after the write, and the one after its answer came, too."""


def answer(s: State, number: int, call: int, at: Cursor | None) -> State:
    """A function has answered, or failed with a step's own error (None). Only the last call is listened to."""
    e = s.executions[number]
    if (e.state, e.calls) != ("invoked", call):
        return s
    if at is None:
        return s.with_execution(number, state="record")
    state = AFTER[at.next]
    s = s.with_execution(number, at=at)
    return s.with_execution(number, state=state) if state in LIVE else _ended(s, number, state)


def died(s: State, sc: Scenario, number: int, call: int) -> Iterator[tuple[str, State]]:
    """A function's process has died: Step Functions calls again, or takes it for the end, by the kind of its error."""
    e = s.executions[number]
    if (e.state, e.calls) != ("invoked", call):
        yield "unheard", s
        return
    yield "called again", s.with_execution(number, state="run")
    yield (
        "caught",
        s.with_execution(number, state="record") if sc.has("Record failure") else _ended(s, number, "failed"),
    )


def troubled(s: State, sc: Scenario, number: int, call: int) -> State:
    """A function has left because DynamoDB refused a request. Step Functions calls again."""
    e = s.executions[number]
    if (e.state, e.calls) != ("invoked", call):
        return s
    return s.with_execution(number, state="run" if sc.has("trouble") else "record")


def wake(s: State, token: str, *, cancel: bool) -> State:
    """executions.wake: SendTaskSuccess or SendTaskFailure. A token that is not the one of now changes nothing."""
    for number, e in enumerate(s.executions):
        if e.state == "parked" and token and e.token == token:
            if cancel:
                return _ended(s.with_execution(number, token=""), number, "failed")
            return s.with_execution(number, state="run", token="")
    return s


def stop(s: State, name: str) -> State:
    """executions.stop. One that has ended, or not begun, stays as it is."""
    for number, e in enumerate(s.executions):
        if e.name == name and e.state in LIVE:
            return _ended(s, number, "aborted")
    return s


def start(s: State, sc: Scenario, name: str, at: Cursor) -> State:
    """StartExecution with a cursor, which goes to Route first. A name is taken once."""
    if any(e.name == name for e in s.executions) and sc.has("one name"):
        return s
    return s._replace(executions=(*s.executions, Execution(name, AFTER[at.next], at, at.turn)))


def _ended(s: State, number: int, how: str) -> State:
    s = s.with_execution(number, state=how, token="")
    return s if how == "succeeded" else s._replace(words=tuple(sorted({*s.words, number})))


def live(s: State) -> list[Any]:
    return [e for e in s.executions if e.state in LIVE]
