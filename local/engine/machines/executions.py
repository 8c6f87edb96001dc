"""Executions and their histories as rows of the store. Calls history's layout, store, text.

Nothing of an execution is kept anywhere else: one that waits costs its rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, NamedTuple

from local.engine.place import Place
from local.engine.store import Store

RUNNING, SUCCEEDED, FAILED, ABORTED, TIMED_OUT = "RUNNING", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"

READY, CALLING, TOKEN, WAITING, RETRYING, ENDED = "ready", "calling", "token", "waiting", "retrying", "ended"
"""What an execution does: it is about to enter its state; its task is called; its task waits for its token; it is in a
Wait; it waits before the task's next attempt; nothing more."""

_EVENTS_EACH = 32_768
"""Numbers for events that each execution has; AWS allows 25,000."""

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS definitions (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS executions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        arn TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL,
        machine TEXT NOT NULL, machine_name TEXT NOT NULL, name TEXT NOT NULL,
        definition INTEGER NOT NULL, role TEXT NOT NULL,
        status TEXT NOT NULL, start_ms INTEGER NOT NULL, stop_ms INTEGER, error TEXT, cause TEXT,
        state TEXT NOT NULL, entered_ms INTEGER NOT NULL, entered_event INTEGER NOT NULL,
        phase TEXT NOT NULL, turn INTEGER NOT NULL, token TEXT,
        limit_ms INTEGER, rest_ms INTEGER, beat_ms INTEGER, beat_s INTEGER, due_ms INTEGER,
        attempts TEXT NOT NULL, events INTEGER NOT NULL, data_event INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS executions_by_machine ON executions (machine, start_ms, id);
    CREATE INDEX IF NOT EXISTS executions_by_due ON executions (due_ms) WHERE due_ms IS NOT NULL;
    CREATE TABLE IF NOT EXISTS events (
        key INTEGER PRIMARY KEY, type TEXT NOT NULL, at_ms INTEGER NOT NULL, previous INTEGER NOT NULL,
        details TEXT, data TEXT, data_of INTEGER
    );
    CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, execution INTEGER NOT NULL, turn INTEGER NOT NULL)
        WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS tokens_by_execution ON tokens (execution);
"""


@dataclass(slots=True)
class Execution:
    """A row of executions, in the order of its columns."""

    id: int
    arn: str
    account: str
    region: str
    machine: str
    """The ARN of the state machine."""
    machine_name: str
    name: str
    definition: int
    role: str
    status: str
    start_ms: int
    stop_ms: int | None
    error: str | None
    cause: str | None
    state: str
    entered_ms: int
    entered_event: int
    phase: str
    turn: int
    """Counts what may have an outcome. One that comes for an earlier turn is too late."""
    token: str | None
    limit_ms: int | None
    """When the execution's own TimeoutSeconds are over."""
    rest_ms: int | None
    """When a Wait, a task's time, or the time before its next attempt is over."""
    beat_ms: int | None
    """When a task must have sent a heartbeat."""
    beat_s: int | None
    due_ms: int | None
    """The earliest of these times; when an execution that has ended is deleted."""
    attempts: str
    """How often each entry of Retry has been used: numbers with commas between them."""
    events: int
    """How many there are; their ids are from 1 on."""
    data_event: int
    """The id of the event whose data is the input of the state, and in the end the output of the execution."""

    @property
    def place(self) -> Place:
        return Place(self.account, self.region)

    @property
    def retries(self) -> list[int]:
        return [int(number) for number in self.attempts.split(",")] if self.attempts else []

    def key_of(self, event: int) -> int:
        """The key of one of its events by its id."""
        return self.id * _EVENTS_EACH + event


class Event(NamedTuple):
    """A row of events, in the order of its columns."""

    key: int
    type: str
    at_ms: int
    previous: int
    details: str | None
    """JSON text, without the data."""
    data: str | None
    """Input, output or parameters as JSON text, where it is not that of an earlier event."""
    data_of: int | None
    """The key of that event."""

    @property
    def id(self) -> int:
        return self.key % _EVENTS_EACH


_COLUMNS = [field.name for field in fields(Execution)]
_MUTABLE = [
    "status", "stop_ms", "error", "cause", "state", "entered_ms", "entered_event", "phase", "turn", "token",
    "limit_ms", "rest_ms", "beat_ms", "beat_s", "due_ms", "attempts", "events", "data_event",
]  # fmt: skip
_all_but_id, _mutable = attrgetter(*_COLUMNS[1:]), attrgetter(*_MUTABLE)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM executions"  # noqa: S608 - names from this file
_INSERT = (
    f"INSERT INTO executions ({', '.join(_COLUMNS[1:])}) "  # noqa: S608 - names from this file
    f"VALUES ({', '.join('?' * (len(_COLUMNS) - 1))}) RETURNING id"
)
_UPDATE = f"UPDATE executions SET {', '.join(f'{name} = ?' for name in _MUTABLE)} WHERE id = ?"  # noqa: S608
_INSERT_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"


class Executions:
    """What is read and written. Transactions are the caller's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.create(_SCHEMA)

    def insert(self, execution: Execution) -> None:
        """Gives it its id."""
        execution.id = self._store.row(_INSERT, *_all_but_id(execution))[0]

    def save(self, execution: Execution) -> None:
        self._store.write(_UPDATE, *_mutable(execution), execution.id)

    def by_id(self, number: int) -> Execution | None:
        return _execution(self._store.row(f"{_SELECT} WHERE id = ?", number))

    def by_arn(self, arn: str) -> Execution | None:
        return _execution(self._store.row(f"{_SELECT} WHERE arn = ?", arn)) if _can_be_kept(arn) else None

    def by_token(self, token: str) -> tuple[Execution, int] | None:
        """The execution of a task token, and the turn that the token is for."""
        if not _can_be_kept(token):
            return None
        row = self._store.row("SELECT execution, turn FROM tokens WHERE token = ?", token)
        execution = self.by_id(row[0]) if row else None
        return (execution, row[1]) if execution else None

    def add_token(self, token: str, execution: int, turn: int) -> None:
        self._store.write("INSERT INTO tokens VALUES (?, ?, ?)", token, execution, turn)

    def listed(self, machine: str, status: str | None, before: tuple[int, int] | None, limit: int) -> list[Execution]:
        """Those of a state machine, the youngest first, before one by its (start_ms, id)."""
        where, values = ["machine = ?"], [machine]
        if status:
            where.append("status = ?")
            values.append(status)
        if before:
            where.append("(start_ms, id) < (?, ?)")
            values.extend(before)  # type: ignore[arg-type]
        found = self._store.rows(
            f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY start_ms DESC, id DESC LIMIT ?", *values, limit
        )
        return [Execution(*row) for row in found]

    def has_any(self, machine: str) -> bool:
        return self._store.row("SELECT 1 FROM executions WHERE machine = ? LIMIT 1", machine) is not None

    def due(self, now_ms: int, limit: int) -> list[tuple[int, int]]:
        """(id, turn) of those whose time has come."""
        return self._store.rows(
            "SELECT id, turn FROM executions WHERE due_ms <= ? ORDER BY due_ms LIMIT ?", now_ms, limit
        )

    def next_due_ms(self) -> int | None:
        found: int | None = self._store.row("SELECT min(due_ms) FROM executions WHERE due_ms IS NOT NULL")[0]
        return found

    def called(self) -> list[tuple[int, int]]:
        """(id, turn) of those whose task is called."""
        return self._store.rows("SELECT id, turn FROM executions WHERE phase = ? ORDER BY id", CALLING)

    def running(self) -> list[tuple[str, str, str, int]]:
        """(account, region, state machine, how many run) of each state machine of which some run."""
        return self._store.rows(
            "SELECT account, region, machine, count(*) FROM executions WHERE status = ? GROUP BY machine", RUNNING
        )

    def stop_clock(self, number: int) -> None:
        """The time of the task that is called goes on when it is called again."""
        self._store.write(
            "UPDATE executions SET rest_ms = NULL, beat_ms = NULL, due_ms = limit_ms WHERE id = ?", number
        )

    def delete(self, number: int) -> None:
        """An execution with all that belongs to it."""
        first = number * _EVENTS_EACH
        self._store.write("DELETE FROM events WHERE key BETWEEN ? AND ?", first, first + _EVENTS_EACH - 1)
        self._store.write("DELETE FROM tokens WHERE execution = ?", number)
        self._store.write("DELETE FROM executions WHERE id = ?", number)

    def delete_of(self, machine: str) -> None:
        """Those of a state machine."""
        for (number,) in self._store.rows("SELECT id FROM executions WHERE machine = ?", machine):
            self.delete(number)

    def delete_all(self) -> None:
        for table in ("executions", "events", "tokens", "definitions"):
            self._store.write(f"DELETE FROM {table}")  # noqa: S608 - names from this line

    # ---- Definitions ----

    def definition_id(self, text: str) -> int:
        """Executions keep the definition that they began with; equal ones are kept once."""
        row = self._store.row("SELECT id FROM definitions WHERE text = ?", text)
        if row is None:
            row = self._store.row("INSERT INTO definitions (text) VALUES (?) RETURNING id", text)
        return int(row[0])

    def definition(self, number: int) -> str:
        return str(self._store.row("SELECT text FROM definitions WHERE id = ?", number)[0])

    # ---- Events ----

    def add_events(self, events: Iterable[Event]) -> None:
        self._store.write_all(_INSERT_EVENT, events)

    def data(self, execution: Execution) -> str:
        """The input of its state; once it has succeeded, its output."""
        return self._data(execution.key_of(execution.data_event))

    def input(self, execution: Execution) -> str:
        """The input that it was started with."""
        return self._data(execution.key_of(1))

    def _data(self, key: int) -> str:
        return str(self._store.row("SELECT data FROM events WHERE key = ?", key)[0])

    def history(self, execution: Execution, after: int, limit: int, *, reverse: bool) -> list[Event]:
        """Events from the one after an id on, each with its data; in reverse, from the one before it on down."""
        first = execution.key_of(1 if reverse else after + 1)
        last = execution.key_of(after - 1 if reverse else execution.events)
        found = self._store.rows(
            "SELECT e.key, e.type, e.at_ms, e.previous, e.details, coalesce(e.data, origin.data), NULL "  # noqa: S608
            "FROM events e LEFT JOIN events origin ON origin.key = e.data_of "
            f"WHERE e.key BETWEEN ? AND ? ORDER BY e.key {'DESC' if reverse else 'ASC'} LIMIT ?",
            first, last, limit,
        )  # fmt: skip
        return [Event(*row) for row in found]


def _can_be_kept(text: str) -> bool:
    """Whether SQLite takes a text: half of a surrogate pair, which JSON can write, is no character."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _execution(row: Any) -> Execution | None:
    return Execution(*row) if row else None
