"""local.forkserver starts processes that a function can't tell from those that Python starts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.event_loop import EventLoop
from local.lambdas import Functions
from local.stack import Function, Stack
from local.workers import Surroundings
from tests.waiting import is_running, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are not forked here")

PROJECT = Path(__file__).parents[3]
TELLING = "    return {'value': value, 'pid': os.getpid(), 'parent': os.getppid()}\n"


class Started:
    """Functions, by the code of their only file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self._loop = EventLoop()
        self._every: list[Functions] = []

    def function(self, code: str, **environment: str) -> Any:
        """Calls a handler with this body, before a return of `value`, and returns how to call it again."""
        indented = "".join(f"    {line}\n" for line in code.splitlines())
        file = self.folder / "step.py"
        file.write_text(f"import os, sys\ndef handler(event, context):\n{indented}{TELLING}")
        function = Function("S", "s", "arn", "1", "step.handler", self.folder, (), environment, 60, 128)
        around = Surroundings("us-east-1", "http://127.0.0.1:1", self.lines.append)
        self._every.append(Functions(Stack("interlude", "us-east-1", {"s": function}, {}, (), {}), around, self._loop))
        return self.again

    def again(self) -> Any:
        payload, error = self._every[-1].invoke("s", None, b"{}")
        assert error is None, payload
        return json.loads(payload)

    def close(self) -> None:
        for functions in self._every:
            functions.close()
        self._loop.close()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    made = Started(tmp_path)
    yield made
    made.close()


def test_botocore_is_there_when_a_process_starts(started: Started) -> None:
    """Which is most of what a start would take. The parent is the forkserver, and not this process."""
    told = started.function("value = 'botocore.client' in sys.modules")()
    assert told["value"]
    assert told["parent"] != os.getpid()


@pytest.mark.parametrize("name", ["jmespath.py", "urllib3/__init__.py"])
def test_a_function_s_own_module_is_imported_as_on_lambda(started: Started, tmp_path: Path, name: str) -> None:
    """Its folder comes first, also where it has something by the name of what every step needs."""
    own = tmp_path / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("OWN = True\n")
    module = name.partition("/")[0].removesuffix(".py")
    assert started.function(f"import {module}\nvalue = {module}.__file__")()["value"] == str(own)


def test_what_python_reads_at_its_start_is_read(started: Started) -> None:
    """Where the template sets it."""
    assert started.function("value = sys.flags.optimize", PYTHONOPTIMIZE="1")()["value"] == 1


def test_what_is_compiled_counts_while_its_file_is_as_it_was(tmp_path: Path) -> None:
    """An edit may come between the two, of the same length and within the same second."""
    program = """
import os, sys
from local import bootstrap
code = lambda text: compile(text, "m.py", "exec")
for name, edited in (("kept", False), ("edited", True)):
    file = f"{sys.argv[1]}/{name}.py"
    open(file, "w").write("VALUE = 'file'")
    state = os.stat(file)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns + edited))
    bootstrap.use_compiled({file: (state, code("VALUE = 'compiled'"))})
sys.path.insert(0, sys.argv[1])
import edited, kept
print(kept.VALUE, edited.VALUE)
"""
    variables = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(  # noqa: S603  # Python itself
        [sys.executable, "-c", program, str(tmp_path)], env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout == "compiled file\n"


def test_a_time_zone_and_an_environment_are_the_function_s(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for the C library, and for what the process starts."""
    monkeypatch.setenv("MINE", "secret")
    code = "import subprocess, time\nvalue = [subprocess.getoutput('echo $COLOUR$MINE'), time.tzname[0]]"
    assert started.function(code, COLOUR="blue")()["value"] == ["blue", "UTC"]
    assert started.function(code, TZ="JST-9")()["value"] == ["", "JST"]


def test_a_process_has_no_files_of_the_server_s(started: Started) -> None:
    """Just those that it has where Python starts it."""
    code = "value = [[int(fd), os.path.realpath(f'/proc/self/fd/{fd}')] for fd in os.listdir('/proc/self/fd')]"
    forked, anew = (
        [(fd, name.partition(":")[0]) for fd, name in started.function(code, **environment)()["value"] if fd < 100]
        for environment in ({}, {"PYTHONOPTIMIZE": "1"})
    )
    assert [(fd, name) for fd, name in forked if "/fd" not in name] == [(f, n) for f, n in anew if "/fd" not in n]


def test_two_processes_draw_different_numbers(started: Started) -> None:
    """As processes do that have nothing in common."""
    again = started.function("import random\nvalue = random.random()")
    first = again()
    os.kill(first["pid"], signal.SIGKILL)
    until(lambda: not is_running(first["pid"]))
    second = again()
    assert first["parent"] == second["parent"]
    assert first["value"] != second["value"]


def test_a_forkserver_that_was_killed_is_replaced(started: Started) -> None:
    """Its processes end with it, and the next invocation has new ones."""
    again = started.function("value = 1")
    first = again()
    os.kill(first["parent"], signal.SIGKILL)
    until(lambda: not is_running(first["pid"]))
    second = again()
    assert second["parent"] != first["parent"]


def test_a_forkserver_ends_with_its_functions(started: Started) -> None:
    """And leaves no process behind."""
    told = started.function("value = 1")()
    started.close()
    assert not is_running(told["parent"])
    assert not is_running(told["pid"])
    started._loop = EventLoop()
    started._every.clear()
