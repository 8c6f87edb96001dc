"""local.storage: what is in a file is there again, for one server at a time, and what can't be read is said."""

import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from local import moto_differences, server, storage
from local.engine.store import Store
from local.errors import LocalError

ROOT = Path(__file__).parents[3]
HOLDER = """
import os, sys
from pathlib import Path
from local import storage
with storage.opened(Path(sys.argv[1]), fresh=False, say=print):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return storage.file_for(tmp_path / ".interlude", Path("some/template.yaml"), "eu-west-1")


def opened(file: Path | None, *, fresh: bool = False, said: list[str] | None = None) -> AbstractContextManager[Store]:
    return storage.opened(file, fresh=fresh, say=(said if said is not None else []).append)


def write_something(file: Path, letters: int = 1) -> None:
    with opened(file) as store:
        store.create("CREATE TABLE IF NOT EXISTS things (thing TEXT)")
        store.write("INSERT INTO things VALUES (?)", "x" * letters)


def test_what_was_written_is_there_again(file: Path):
    write_something(file)

    with opened(file) as store:
        assert store.rows("SELECT thing FROM things") == [("x",)]


def test_without_a_file_it_is_in_memory(tmp_path: Path):
    with opened(None) as store:
        store.create("CREATE TABLE things (thing TEXT)")

    assert list(tmp_path.iterdir()) == []


def test_templates_and_regions_have_files_of_their_own(tmp_path: Path):
    places = [("template.yaml", "eu-west-1"), ("template.yml", "eu-west-1"), ("template.yaml", "us-east-1")]

    assert len({storage.file_for(tmp_path, Path(name), region) for name, region in places}) == 3


def test_the_folder_is_private_and_no_part_of_a_repository(file: Path):
    write_something(file)

    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert (file.parent / ".gitignore").read_text() == "*\n"


def test_one_server_at_a_time(file: Path):
    """The second one is told which process has it, until that ends, be it by kill -9."""
    command = [sys.executable, "-c", HOLDER, str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603 - this project
        assert holder.stdout
        pid = holder.stdout.readline().strip()
        with pytest.raises(LocalError) as refused, opened(file):
            pass
        assert str(refused.value) == (
            f"{file} is in use by another server, process {pid}: stop that one, or name another folder by --data."
        )
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()

    write_something(file)


def test_fresh_deletes_what_is_there_and_says_so(file: Path):
    write_something(file)
    said: list[str] = []

    with opened(file, fresh=True, said=said) as store:
        assert store.rows("SELECT name FROM sqlite_master") == []
    with opened(file.with_name("other.db"), fresh=True, said=said):
        pass
    assert said == [f"--fresh deletes {file}, with its runs, data stores and mail."]


def test_a_file_of_another_format(file: Path):
    with opened(file) as store:
        store.create("CREATE TABLE things (thing TEXT)")
        store.format_number = 99

    with pytest.raises(LocalError, match=re.escape(f"{file} has format 99, but this Interlude reads format 1.")):
        opened(file).__enter__()
    with opened(file, fresh=True) as store:
        assert store.format_number == 1


def test_a_file_that_is_no_database(file: Path):
    file.parent.mkdir()
    file.write_text("something else, " * 100)

    with pytest.raises(LocalError, match=re.escape(f"{file} can't be read: file is not a database.")):
        opened(file).__enter__()


def test_a_folder_that_cannot_be_made(file: Path):
    file.parent.write_text("a file")

    with pytest.raises(LocalError, match=re.escape(f"{file} can't be used: ")) as refused:
        opened(file).__enter__()
    assert "\n" not in str(refused.value)


def test_rows_that_are_deleted_give_their_space_back(file: Path):
    """Bit by bit, so that nobody waits long."""
    write_something(file, 1_000_000)
    with opened(file) as store:
        store.write("DELETE FROM things")
        assert store.give_back(100)
        assert not store.give_back(1000)

    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert file.stat().st_size < 100_000


def test_a_change_of_what_is_kept_is_another_format(file: Path):
    """Whoever changes a table gives storage.FORMAT the next number, and writes both down here."""
    moto_differences.install()
    with opened(file) as store, moto_differences.engine.plugged_in(store), server._kept(store):
        tables = store.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")

    text = " ".join(" ".join(sql.split()) for _, sql in tables)
    assert (storage.FORMAT, hashlib.sha256(text.encode()).hexdigest()[:8]) == (1, "21549e03"), text
