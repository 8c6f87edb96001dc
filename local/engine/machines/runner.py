"""Runs executions: one transition after the other, each in a transaction, and what a task asks for between them.

Calls transition, tasks, executions. There is no thread here: a transition runs in that of the request, of the
function's answer or of the clock that it follows from.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from local.engine.clock import Clock, Timer
from local.engine.machines import executions
from local.engine.machines.definition import Definition, compiled
from local.engine.machines.executions import Execution, Executions
from local.engine.machines.tasks import Tasks
from local.engine.machines.transition import Again, Call, Due, Outcome, Transition
from local.engine.store import Store

_AFTER_FAILURE_MS = 1000
_AT_ONCE = 100
"""How many executions whose time has come are looked up together."""


@dataclass(frozen=True)
class Ended:
    """An execution that has ended, for those who listen. Times are in ms, input and output JSON text."""

    arn: str
    account: str
    region: str
    machine: str
    name: str
    status: str
    start_ms: int
    stop_ms: int
    input: str
    output: str | None
    error: str | None
    cause: str | None


class Runner:
    def __init__(
        self, store: Store, clock: Clock, rows: Executions, tasks: Tasks, on_end: Callable[[Ended], None]
    ) -> None:
        self._store, self._clock, self._rows, self._tasks, self._on_end = store, clock, rows, tasks, on_end
        self._definition = lru_cache(maxsize=256)(self._read_definition)
        self._absent: frozenset[str] = frozenset()
        self._is_closed = False
        self._timer: Timer | None = None
        self._timer_lock = threading.Lock()

    def go_on(self, number: int, turn: int, outcome: Outcome | None = None) -> None:
        """Takes an execution from an outcome to where it rests or ends. One for an earlier turn changes nothing."""
        self.perform(self._step(number, turn, outcome))

    def perform(self, call: Call | None) -> None:
        """Does what a transition has asked for, and what follows from it. Not inside of a transaction."""
        while call is not None:
            if call.machine in self._absent:
                self._rows.stop_clock(call.execution)
                return
            outcome = self._tasks.perform(call, partial(self.go_on, call.execution, call.turn))
            if outcome is None:
                return
            call = self._step(call.execution, call.turn, outcome)

    def change(self, execution: Execution, change: Callable[[Transition], None]) -> Call | None:
        """Makes a transition of an execution, in the caller's transaction, and keeps what it has made."""
        transition = Transition(
            execution,
            self._definition(execution.definition),
            self._rows.data(execution),
            lambda: self._rows.input(execution),
            self._clock.now_ms(),
        )
        change(transition)
        self._rows.add_events(transition.log.events)
        self._rows.save(execution)
        if transition.token:
            self._rows.add_token(transition.token, execution.id, execution.turn)
        self._store.after_commit(lambda: self.arm(execution.due_ms))
        if execution.status != executions.RUNNING:
            self._on_end(self._ended(execution))
        return transition.call

    def resume(self, absent: frozenset[str]) -> None:
        """Goes on where another process has left off. Tasks that were called are called again.

        Executions of absent state machines call nothing: they rest before their next task.
        """
        self._absent = absent
        for number, turn in self._rows.called():
            self.go_on(number, turn, Again())
        self.arm(self._rows.next_due_ms())

    def close(self) -> None:
        """No outcome is taken any more: what is called then is called again by resume()."""
        self._is_closed = True

    def forget_definitions(self) -> None:
        """After all rows have been deleted, numbers begin anew."""
        self._definition.cache_clear()

    def _step(self, number: int, turn: int, outcome: Outcome | None) -> Call | None:
        if self._is_closed:
            return None
        with self._store.transaction():
            execution = self._rows.by_id(number)
            if execution is None or execution.turn != turn:
                return None
            if execution.status != executions.RUNNING:
                self._rows.delete(number)  # Its time was up.
                return None
            return self.change(execution, lambda transition: transition.run(outcome))

    def _ended(self, execution: Execution) -> Ended:
        assert execution.stop_ms is not None
        succeeded = execution.status == executions.SUCCEEDED
        return Ended(
            arn=execution.arn,
            account=execution.account,
            region=execution.region,
            machine=execution.machine,
            name=execution.name,
            status=execution.status,
            start_ms=execution.start_ms,
            stop_ms=execution.stop_ms,
            input=self._rows.input(execution),
            output=self._rows.data(execution) if succeeded else None,
            error=execution.error,
            cause=execution.cause,
        )

    def _read_definition(self, number: int) -> Definition:
        return compiled(self._rows.definition(number))

    # ---- Time ----

    def arm(self, due_ms: int | None) -> None:
        """One timer for all executions: the earliest."""
        if due_ms is None:
            return
        with self._timer_lock:
            if self._timer is not None:
                if self._timer.due_ms <= due_ms:
                    return
                self._timer.cancel()
            self._timer = self._clock.at(due_ms, self._on_time)

    def _on_time(self) -> None:
        with self._timer_lock:
            self._timer = None
        try:
            for number, turn in self._rows.due(self._clock.now_ms(), _AT_ONCE):
                self.go_on(number, turn, Due())
        except Exception:
            # The disk may be full. The clock says what was wrong.
            self.arm(self._clock.now_ms() + _AFTER_FAILURE_MS)
            raise
        self.arm(self._rows.next_due_ms())
