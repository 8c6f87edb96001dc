"""All of it is written, or nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from given import PROJECTS, ROOT, Import, snapshot, step, write

from sync.errors import Refused
from sync.writing import write as write_files


def test_what_cannot_be_written_is_put_back(tmp_path: Path):
    """Files, folders, and what was removed."""
    (tmp_path / "a.txt").write_bytes(b"before")
    (tmp_path / "gone.txt").write_bytes(b"here")
    before = snapshot(tmp_path)
    files = {
        tmp_path / "a.txt": b"after",
        tmp_path / "new" / "deep" / "b.txt": b"b",
        tmp_path / "a.txt" / "below a file": b"c",
    }

    with pytest.raises(Refused, match=r"can't be written: .*; nothing was changed\.$"):
        write_files(files, [tmp_path / "gone.txt"])

    assert snapshot(tmp_path) == before
    assert not (tmp_path / "new").exists()


def test_files_keep_their_mode(tmp_path: Path):
    """And new ones have what everybody's files have."""
    script = tmp_path / "script.py"
    script.touch(mode=0o755)
    mask = os.umask(0o022)
    try:
        write_files({script: b"x", tmp_path / "new.py": b"y"}, [])
    finally:
        os.umask(mask)

    assert script.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "new.py").stat().st_mode & 0o777 == 0o644


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C works, also where the tests were started in the background, whose processes ignore it."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_writing_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It comes too late."""
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"}, [])

    assert snapshot(tmp_path) == {"a": b"1", "b": b"2"}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_while_reading(bring: Import, project: Path, pipedream: Path, monkeypatch: pytest.MonkeyPatch):
    """Nothing is written, and nobody sees a traceback."""
    write(pipedream, step("a"))
    before = snapshot(project)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importer.github_sync.read_yaml", interrupted)

    assert bring(pipedream) == (130, "", "Stopped.\n")
    assert snapshot(project) == before


def test_a_folder_that_cannot_be_written_to(bring: Import, project: Path, pipedream: Path):
    """A file has the name of the workflow's folder."""
    write(pipedream, step("a"))
    (project / "functions" / "orders").write_text("a file", encoding="utf-8")
    before = snapshot(project)

    result = bring(pipedream, "--replace")

    assert (result.code, result.err.count("\n"), snapshot(project)) == (1, 1, before)


def test_the_command_where_nobody_reads_on(project: Path):
    """As in `interlude import … | head -1`, and with a terminal that knows ASCII only."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "interlude")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "cli", "import", str(PROJECTS / "mixed"), "--project", str(project)]
    read, wrote = os.pipe()
    os.close(read)

    done = subprocess.run(command, env=environment, stdout=wrote, stderr=subprocess.PIPE, check=False)  # noqa: S603
    os.close(wrote)

    assert (done.returncode, done.stderr) == (0, b"")
