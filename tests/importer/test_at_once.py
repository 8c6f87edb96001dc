"""Imports at the same time, and other people's changes meanwhile: nothing is lost."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from given import ROOT, Import, resources, snapshot, step, write

from importer import importing


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Lets something happen after the template was read, and before it is written."""

    def run(happens: Callable[[], object]) -> None:
        draft = importing.draft

        def drafted(*given, **named):
            happens()
            return draft(*given, **named)

        monkeypatch.setattr(importing, "draft", drafted)

    return run


def test_imports_at_once_are_all_there(project: Path, pipedream: Path):
    """Each one adds its workflow to what the others have written."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "interlude")])
    names = [f"w{number}" for number in range(4)]
    started = []
    for name in names:
        folder = write(pipedream, step("a"), name=f"{name}-p_1")
        command = [sys.executable, "-m", "cli", "import", str(folder), "--project", str(project)]
        environment = {**os.environ, "PYTHONPATH": path}
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL))  # noqa: S603  # ours

    assert [each.wait() for each in started] == [0, 0, 0, 0]
    assert {"W0", "W1", "W2", "W3"} <= set(resources(project))


def test_a_second_import_waits(bring: Import, project: Path, pipedream: Path, meanwhile):
    """The folder is locked from when the template is read."""
    write(pipedream, step("a"))
    found = []

    def try_to_lock() -> None:
        descriptor = os.open(project, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found.append("free")
        except BlockingIOError:
            found.append("locked")
        finally:
            os.close(descriptor)

    meanwhile(try_to_lock)

    assert (bring(pipedream).code, found) == (0, ["locked"])
    try_to_lock()
    assert found[-1] == "free"


def test_a_template_that_changes_meanwhile_is_not_overwritten(bring: Import, project: Path, pipedream: Path, meanwhile):
    """An editor asks for no lock."""
    write(pipedream, step("a"))
    template = project / "template.yaml"
    meanwhile(lambda: template.write_bytes(template.read_bytes() + b"# saved\n"))
    before = {**snapshot(project), "template.yaml": template.read_bytes() + b"# saved\n"}

    result = bring(pipedream)

    assert (result.code, snapshot(project)) == (1, before)
    assert result.err == f"{template} was changed in the meantime, and nothing was written: try again.\n"


def test_ctrl_c_while_the_command_begins(project: Path, pipedream: Path):
    """What takes a moment is imported where Ctrl-C is caught."""
    told = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ruamel.yaml': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from cli.command import main\n"
        f"sys.exit(main(['import', {str(pipedream)!r}, '--project', {str(project)!r}]))\n"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "interlude")])

    done = subprocess.run(  # noqa: S603  # this test's own code
        [sys.executable, "-c", told], env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (130, b"Stopped.\n")
