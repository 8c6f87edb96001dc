"""The SQLite database that the engine's state is in. Calls nothing of local."""

import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Store:
    """A file, or memory where there is no path. Any thread may call; one at a time is in a transaction.

    What a transaction has written survives this process, even if it is killed in the next moment. Raises
    sqlite3.DatabaseError for a file that is no database.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._afterwards: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
        try:
            self._prepare()
        except sqlite3.DatabaseError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        # Before all else: it can't be chosen for a file that has something in it.
        self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        # Committed means handed to the operating system, not to the disk: what dies here is a process.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA cache_size = -16000")

    @property
    def format_number(self) -> int | None:
        """The number that its writer has given to the file; None for a file with nothing in it."""
        (tables,) = self.row("SELECT count(*) FROM sqlite_master")
        (number,) = self.row("PRAGMA user_version")
        return int(number) if tables or number else None

    @format_number.setter
    def format_number(self, number: int) -> None:
        self.write(f"PRAGMA user_version = {number:d}")

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

    def write_all(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs a statement once for each row of values."""
        with self._lock:
            self._connection.executemany(statement, rows)

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

    def give_back(self, pages: int) -> bool:
        """Frees some of the pages, of 4 KB, that deleted rows have left. Returns whether there are more."""
        with self._lock:
            # Not too many at once: others wait.
            self._connection.execute(f"PRAGMA incremental_vacuum({pages:d})").fetchall()
            (left,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        return bool(left)

    def close(self) -> None:
        with self._lock:
            self._connection.close()
