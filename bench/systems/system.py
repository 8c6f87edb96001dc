"""What the bench knows of a system: a process that answers HTTP, with the workflows `three` and `asking`."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

from bench.traffic import Answer, Hit, send

START_S = 180
_STOP_S = 15


class NotInstalled(Exception):
    """A system can't be measured here; the text says why."""


class System(Protocol):
    """`name` is how the report calls it, `note` what has to be known to compare its figures."""

    name: str
    note: str
    base_url: str

    async def start(self) -> None:
        """Starts it and comes back once it answers. Raises NotInstalled, or RuntimeError with what it printed."""

    async def begin(self, workflow: str, run: str) -> Answer:
        """Starts a run; the answer comes when it is accepted."""

    async def paused(self, run: str) -> None:
        """Comes back once the run that has called from its step `ask` waits."""

    def stop(self) -> None: ...

    def pids(self) -> list[int]: ...


async def resume(system: System, hit: Hit) -> Answer:
    """Sends the callback that a step `ask` has handed over."""
    url: str = hit.callback["url"]
    return await send(hit.callback["method"], url if "://" in url else system.base_url + url, hit.callback["body"])


class Processes:
    """The processes of one system, each with its output in a file of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._started: list[subprocess.Popen[bytes]] = []
        self.log = folder / "log"

    def start(self, command: Sequence[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        output = self._stack.enter_context(self.log.open("ab"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=kept | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def stop(self) -> None:
        for process in reversed(self._started):
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._started.clear()
        self._stack.close()

    def pids(self) -> list[int]:
        return [process.pid for process in self._started]

    async def until_answering(self, url: str) -> None:
        """Raises RuntimeError with the last lines of the log where a process ends, or the time is up."""
        for _ in range(START_S * 20):
            if any(process.poll() is not None for process in self._started):
                break
            with suppress(OSError, RuntimeError):
                await send("GET", url)
                return
            await asyncio.sleep(0.05)
        raise RuntimeError("it did not start: " + " ".join(self.tail()))

    @property
    def text(self) -> str:
        """What they have printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def tail(self) -> list[str]:
        return self.text.splitlines()[-5:]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def version_of(python: Path, distribution: str) -> str:
    """Of a package beside that interpreter. Raises NotInstalled."""
    code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    found = (
        subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
        if python.exists()
        else None
    )
    if found is None or found.returncode:
        raise NotInstalled(f"{distribution} is not installed in {python.parents[1].name}")
    return found.stdout.strip()


Callback = dict[str, Any]
