"""local.own_tmp gives a process a /tmp of its own, with all that it needs still in its place."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from local import own_tmp, server
from local.environment import environment
from local.stack import Function
from tests.waiting import is_running, until

PROJECT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(bool(own_tmp.refusal([])), reason="this machine does not allow it")

PROGRAM = """
import json, os, subprocess, sys, tempfile
from local import own_tmp
own_tmp.enter(sys.argv[1:])
def told(**more):
    walk = [os.path.join(above, name) for above, _, names in os.walk("/tmp") for name in names]
    print(json.dumps({"user": [os.getuid(), os.geteuid(), os.getgid()], "cwd": os.getcwd(), "tmp": walk, **more}))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Directly below /tmp, wherever TMPDIR points."""
    with TemporaryDirectory(prefix="interlude-test-", dir=own_tmp.TMP) as made:
        yield Path(made)


def run(program: str, *folders: Path, cwd: Path = PROJECT, python: str = sys.executable, **more: str) -> dict[str, Any]:
    command = [python, "-c", PROGRAM + program, *map(str, folders)]
    variables = os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"} | more
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)  # noqa: S603  # Python itself
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_it_is_empty_and_nobody_elses(folder: Path) -> None:
    """Nothing of this machine's /tmp is in it, and nothing of it comes out; what the process starts is in it, too."""
    (folder / "mine").touch()
    inside = folder.with_name(f"{folder.name}-inside")

    seen = run(f"subprocess.run(['touch', '{inside}'])\ntold(temporary=tempfile.gettempdir())", TMPDIR="")

    assert [path for path in seen["tmp"] if path.startswith("/tmp/interlude-test-")] == [str(inside)]
    assert seen["temporary"] == "/tmp"
    assert not inside.exists()


def test_code_that_lies_in_tmp_stays_where_it_is(folder: Path) -> None:
    """The process stands in it as before. It is read-only there, as in Lambda: who empties /tmp empties no project."""
    code = folder / "project" / "functions"
    code.mkdir(parents=True)
    (code / "step.py").write_text("before")
    (folder / "private").touch()

    program = """
import shutil
shutil.rmtree("/tmp", ignore_errors=True)
told(read=open("step.py").read())
"""

    seen = run(program, code, code / "step.py", cwd=code)

    assert [path for path in seen["tmp"] if path.startswith(str(folder))] == [str(code / "step.py")]
    assert seen["cwd"] == str(code)
    assert seen["read"] == (code / "step.py").read_text() == "before"


def test_the_runtime_does_not_look_into_what_is_mounted(folder: Path) -> None:
    """Code below /tmp would else be taken for files of a run: carried, and removed after it."""
    (folder / "step.py").touch()
    program = """
sys.path.append("layers/interlude")
from interlude.tmp.folder import listing
open("/tmp/of-the-run", "w")
told(listed=list(listing("/tmp", ())))
"""

    seen = run(program, folder)

    assert str(folder / "step.py") in seen["tmp"]
    assert [path for path in seen["listed"] if path.startswith(folder.name)] == []
    assert "of-the-run" in seen["listed"]


def test_a_python_that_lies_in_tmp_goes_on(folder: Path) -> None:
    """By each of the links that lead to it; libraries that the environment names are still there, and single files."""
    for name, target in (("one", sys.executable), ("two", folder / "one" / "python"), ("three", folder / "two")):
        (folder / name).mkdir() if name != "three" else (folder / name).symlink_to(target)
        if name != "three":
            (folder / name / "python").symlink_to(target)
    library, certificates = folder / "library", folder / "certificates.pem"
    library.mkdir()
    (library / "own_library.py").write_text("NAME = 'mine'")
    certificates.write_text("trust me")
    program = """
import own_library
again = subprocess.run([sys.executable, "-c", "print('again')"], capture_output=True, text=True).stdout
told(again=again, certificates=open(os.environ["SSL_CERT_FILE"]).read(), library=own_library.NAME)
"""

    seen = run(
        program,
        python=str(folder / "three" / "python"),
        PYTHONPATH=f"{PROJECT}{os.pathsep}{library}",
        SSL_CERT_FILE=str(certificates),
    )

    assert (seen["again"], seen["certificates"], seen["library"]) == ("again\n", "trust me", "mine")


def test_it_needs_no_root() -> None:
    """A user without rights gets it in a namespace of users, in which the numbers are the same."""
    unprivileged = """
import ctypes
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    ctypes.CDLL(None).prctl(4, 1)  # else what belongs to this process in /proc would be root's
    sys.executable = "/"  # root's may be out of reach
"""
    file = f"/tmp/interlude-test-{os.getpid()}"
    program = PROGRAM.replace("own_tmp.enter", f"{unprivileged}own_tmp.enter") + f"open('{file}', 'w')\ntold()"
    variables = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(  # noqa: S603  # Python itself
        [sys.executable, "-c", program], cwd="/", env=variables, capture_output=True, text=True, check=False
    )
    if "unshare: " in done.stderr or "uid_map" in done.stderr:
        pytest.skip("this machine does not allow it to users without rights")

    user = os.getuid() or 65534
    seen = json.loads(done.stdout or done.stderr)
    assert seen["user"] == [user, user, os.getgid() or 65534]
    assert file in seen["tmp"]
    assert not Path(file).exists()


def test_a_project_that_is_tmp_itself_is_refused() -> None:
    """And the person at the terminal is told what that means, once."""
    lines: list[str] = []

    assert server._gets_own_tmp([Path("/tmp")], lines.append) is False

    said = "Steps share this machine's /tmp, where each run sees the files of all others: /tmp itself is needed."
    assert lines == [said]


@pytest.mark.parametrize(("alone", "directory"), [(True, None), (False, "/elsewhere")])
def test_temporary_files_are_where_the_machine_has_them_only_if_tmp_is_shared(
    monkeypatch: pytest.MonkeyPatch, alone: bool, directory: str | None
) -> None:
    """And no environment names a folder whose files may be removed: only the process that has one does."""
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    monkeypatch.setenv("TMP_FOLDER", "/tmp")
    function = Function("Step", "n", "arn", "1", "h", Path("/f"), (), {"TMP_FOLDER": "/tmp"}, 1, 128)

    made = environment(function, region="r", aws_endpoint="e", runtime_api="a", own_tmp=alone)

    assert (made.get("TMPDIR"), made["TMP_FOLDER"]) == (directory, "")


PARENT = """
import json, sys, time
from pathlib import Path
from local.event_loop import EventLoop
from local.lambdas import Functions
from local.stack import Function, Stack
from local.workers import Surroundings
folder = Path(sys.argv[1])
function = Function("Step", "step", "arn", "1", "step.handler", folder, (), {}, 60, 128)
stack = Stack("interlude", "us-east-1", {"step": function}, {}, (), {})
around = Surroundings("us-east-1", "http://127.0.0.1:1", lambda line: None, own_tmp=True)
functions = Functions(stack, around, EventLoop())
print(functions.invoke("step", None, b"{}")[0].decode(), flush=True)
time.sleep(600)
"""


def test_a_process_with_its_own_tmp_ends_with_its_server(folder: Path) -> None:
    """Killed, which leaves nobody to clean up: there is nothing to be cleaned."""
    (folder / "step.py").write_text(
        "import os\ndef handler(event, context):\n"
        "    open('/tmp/inside', 'w')\n    return [os.getpid(), os.environ['TMP_FOLDER'], os.listdir('/tmp')]\n"
    )
    before = {each.name for each in Path("/tmp").iterdir()}
    with subprocess.Popen(  # noqa: S603  # Python itself
        [sys.executable, "-c", PARENT, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pid, tmp_folder, inside = json.loads(parent.stdout.readline())
        assert is_running(pid)
        parent.send_signal(signal.SIGKILL)

    assert tmp_folder == "/tmp"
    assert {"inside", folder.name} <= set(inside)
    until(lambda: not is_running(pid))
    assert "inside" not in {each.name for each in Path("/tmp").iterdir()} - before
