"""One process that runs one Lambda function, one invocation at a time.

Called by lambdas. Starts bootstrap.py with credentials of the function's role, and speaks with it through a runtime_api
of its own.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.access import roles
from local.environment import environment
from local.log_lines import as_json, readable
from local.runtime_api import Invocation, Report, RuntimeApi
from local.stack import Function

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
# Lambda gives an init 10 s and then tries again within the function's timeout. A laptop may be busy.
_INIT_SECONDS = 30
# A process that has left its session can hold the pipe.
_LAST_LINES_SECONDS = 2

# Linux tells a process of its parent's death when the *thread* that started it ends: this thread never does.
_starter = ThreadPoolExecutor(1, "starter")


class Gone(Exception):
    """The process had ended before it took the invocation."""


@dataclass(frozen=True)
class Surroundings:
    """What is the same for every worker of a server."""

    region: str
    aws_endpoint: str
    say: Callable[[str], None]
    raw_logs: bool = False
    """Whether what functions log is said as JSON, and not as people read it."""
    own_tmp: bool = False
    """Whether each worker gets a /tmp of its own. Else they share this machine's, and nothing in it is touched."""


class Worker:
    """A running process. Starting one does not wait for its init."""

    def __init__(self, function: Function, search_path: list[Path], label: str, around: Surroundings) -> None:
        self._api = RuntimeApi()
        self._label, self._say, self._raw = label, around.say, around.raw_logs
        self._used = False
        variables = environment(
            function,
            region=around.region,
            aws_endpoint=around.aws_endpoint,
            runtime_api=self._api.address,
            own_tmp=around.own_tmp,
            credentials=roles.assume(function.role, "lambda.amazonaws.com", function.name, around.region),
        )
        folders = [str(function.folder), *map(str, function.layers)]
        # -P keeps this folder out of the path: a function's own module may be called as one of local's.
        tmp = "own" if around.own_tmp else "shared"
        path = os.pathsep.join(map(str, search_path))
        command = [sys.executable, "-P", str(_BOOTSTRAP), function.handler, str(os.getpid()), tmp, path, *folders]
        self._process = _starter.submit(
            subprocess.Popen,
            command,
            cwd=function.folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Universal newlines: awslambdaric ends the lines of a traceback with carriage returns.
            text=True,
            encoding="utf-8",
            errors="replace",
        ).result()
        self._reader = threading.Thread(target=self._read, name="output", daemon=True)
        self._reader.start()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def invoke(self, invocation: Invocation) -> Report:
        """What came of it; `timeout` if the time was up, and then the process is dead. Raises Gone."""
        self._api.invocations.put(invocation)
        report = self._report(_INIT_SECONDS)
        if report.kind == "exit" and self._used:
            raise Gone
        self._used = True
        return self._report(invocation.timeout) if report.kind == "taken" else report

    def kill(self) -> None:
        """Ends the process and all that it has started. Does not wait."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._api.close()

    def wait(self) -> None:
        """Waits until a killed process is gone, and its last lines are printed."""
        self._process.wait()
        self._reader.join(_LAST_LINES_SECONDS)

    def _report(self, seconds: float) -> Report:
        try:
            return self._api.reports.get(timeout=seconds)
        except queue.Empty:
            self.kill()
            return Report("timeout")

    def _watch(self) -> None:
        self._api.reports.put(Report("exit", exit_code=self._process.wait()))

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                shown = [f"{self._label} | {each}" for each in readable(line)]
                for text in [as_json(line, self._label)] if self._raw else shown:
                    self._say(text)
