"""The SQLite database that the engine's state is in. Calls nothing of local."""

import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Store:
    """A file, or memory where there is no path. Any thread may call; one at a time is in a transaction.

    What a transaction has written survives this process, even if it is killed in the next moment.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._afterwards: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
        # Committed means handed to the operating system, not to the disk: what dies here is a process.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA cache_size = -16000")

    def create(self, schema: str) -> None:
        """Creates tables and indexes: statements with IF NOT EXISTS."""
        with self._lock:
            self._connection.executescript(schema)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows that a query finds."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: Any) -> Any:
        """The first row that a query finds, or None."""
        with self._lock:
            return self._connection.execute(statement, values).fetchone()

    def each(self, statement: str, *values: Any) -> Generator[Any, None, None]:
        """The rows of a query, read as they are asked for. Others wait until the generator is closed."""
        with self._lock:
            cursor = self._connection.execute(statement, values)
            try:
                yield from cursor
            finally:
                cursor.close()

    def write(self, statement: str, *values: Any) -> int:
        """Runs a statement, in the transaction or as one of its own. Returns how many rows it changed."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written in the block is kept, or nothing of it if the block raises. A block inside joins it."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._afterwards.clear()
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth:
                return
            self._connection.execute("COMMIT")
            afterwards, self._afterwards = self._afterwards, []
            # Before another can commit, so that what follows from commits has their order.
            for do in afterwards:
                do()

    def after_commit(self, do: Callable[[], None]) -> None:
        """Does something once what the transaction wrote is kept; outside of a transaction, now.

        Actions run in the order of the commits, and others wait for them: they must be quick, and must not wait for a
        lock that a caller of the store may hold.
        """
        with self._lock:
            if self._depth:
                self._afterwards.append(do)
                return
        do()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
