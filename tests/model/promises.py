"""What must hold: of each move, of each state in which nothing is left to be done but to wait, and of each end."""

from tests.model import execution
from tests.model.scenario import Broken, Scenario
from tests.model.state import ENDED, State


def of_move(s: State, after: State) -> None:
    """What may never change, or not in this way."""
    for name, wait in s.waits if s.waits is not after.waits else ():
        now = after.wait(name)
        if wait.outcome and (now.outcome, now.by) != (wait.outcome, wait.by):
            raise Broken(f"wait {name} was {wait.outcome} by {wait.by!r}, and then {now.outcome} by {now.by!r}")
    for old, new in zip(s.steps, after.steps, strict=True):
        if old and new and old != new and new.turn <= old.turn:
            raise Broken(f"what turn {old.turn} has stored is overwritten by turn {new.turn}")
    run, now_run = s.run, after.run
    if run == now_run:
        return
    if run.status in ("succeeded", "cancelled") and now_run.status != run.status:
        raise Broken(f"a run that had {run.status} is {now_run.status}")
    if run.status == "failed" and (now_run.status in ENDED or now_run.retried == run.retried):
        raise Broken(f"a run that had failed is {now_run.status} without a retry")
    if now_run.status == "failed" and now_run.failed_at and run.retried and now_run.failed_at.turn < run.retried.turn:
        raise Broken("a failure from before the retry ends the run that goes on")
    if now_run.status == "succeeded":
        _data_used(after)


def _data_used(s: State) -> None:
    """Nobody's accepted request is passed over by a run that succeeds: each step has that of its last wait."""
    for index, step in enumerate(s.steps):
        # What ends the wait for a retry is of no use to the attempt.
        waits = [name for name in s.paused if name.startswith(f"{index}.") and not name.endswith("r")]
        wait = s.wait(waits[-1]) if waits else None
        if wait and wait.outcome == "cancelled":
            raise Broken(f"wait {waits[-1]} was cancelled by {wait.by!r}, and the run succeeds")
        if wait and step and wait.outcome == "resumed" and step.data != wait.by:
            raise Broken(f"wait {waits[-1]} was resumed by {wait.by!r}, and its step has the data of {step.data!r}")


def of_end(s: State, sc: Scenario) -> None:
    """A run fails of its code, or of a process that died; not of trouble that passes by."""
    if s.run.status == "failed" and sc.spares_runs:
        raise Broken("the run has failed, and nothing explains it")


def of_rest(s: State) -> None:
    """Of a state in which only a timer, a client or a fault can change something."""
    alive, run = execution.live(s), s.run
    if run.status in ENDED:
        if alive:
            raise Broken(f"the run has {run.status}, and an execution waits on: {alive[0].state}")
        return
    if len(alive) != 1:
        raise Broken(f"the run is {run.status}, and has {len(alive)} executions")
    [e] = alive
    if run.status != "paused":
        raise Broken(f"the run is {run.status}, and its execution is in {e.state}")
    wait = s.wait(e.at.wait)
    if e.state == "parked" and wait.outcome:
        raise Broken(f"wait {e.at.wait} was {wait.outcome} by {wait.by!r}, and nobody wakes the run")
    if e.state == "parked" and wait.token != e.token:
        raise Broken("the run is parked, and the table has another token")


def has_ended(s: State) -> bool:
    return s.run.status in ENDED and not execution.live(s)
