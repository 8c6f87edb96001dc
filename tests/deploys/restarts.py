"""A server that is killed and started again: on one port, with one folder of data, and changing templates."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.deploys.deployments import ROOT, Deployment, write
from tests.e2e.client import Interlude
from tests.waiting import eventually

READY = re.compile(r"\bInterlude is ready on (http://127\.0\.0\.1:\d+)\b")
SERVICES = re.compile(r"--endpoint-url (http://127\.0\.0\.1:\d+)")


class Restarts:
    """At most one server at a time. What it has printed is in `log`, of all starts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.data = folder / "data"
        self._port = _free_port()
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._template = folder
        self.interlude: Interlude | None = None
        self.aws_endpoint = ""

    @property
    def log(self) -> str:
        """What the server that was started last has printed."""
        return (self._folder / f"log {self._number}").read_text(encoding="utf-8", errors="replace")

    def start(self, deployment: Deployment | None = None, *options: str) -> Interlude:
        """Starts a server with a template: the one of before, where none is given."""
        self._number += 1
        self.interlude = None
        if deployment:
            self._template = write(self._folder / f"template {self._number}", deployment)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        command = [sys.executable, "-m", "local", "--template", str(self._template), "--data", str(self.data), *options]
        with (self._folder / f"log {self._number}").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # the project's own server
                command, cwd=ROOT, env={**environment, "PORT": str(self._port)}, stdout=output,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        url, self.aws_endpoint = (self._read(pattern) for pattern in (READY, SERVICES))
        self.interlude = Interlude(url)
        return self.interlude

    def _read(self, pattern: re.Pattern[str]) -> str:
        def look() -> str:
            assert self._process
            assert self._process.poll() is None, self.log
            return self.log

        found = pattern.search(eventually(look, pattern.search, pattern.pattern))
        assert found
        return found[1]

    def kill(self) -> None:
        """As kill -9 does it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does it."""
        self._end(signal.SIGINT)

    def restart(self, deployment: Deployment | None = None, *options: str) -> Interlude:
        """Kills the server, and starts it again."""
        self.kill()
        return self.start(deployment, *options)

    def _end(self, number: int) -> None:
        if self._process:
            if self.interlude:
                self.interlude.close()
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        if self._process:
            self.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
