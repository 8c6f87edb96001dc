"""The processes of functions, as the server sees them: started by a forkserver, heard of when they print or end.

Called by workers. Starts forkserver.py. Everything is called in the event loop.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.environment import of_python

_FORKSERVER = Path(__file__).with_name("forkserver.py")


@dataclass(frozen=True)
class Start:
    """What a process is started with: bootstrap's arguments, and what the forkserver has to know of the function."""

    arguments: list[str]
    cwd: str
    env: dict[str, str]
    variables: list[str]
    """The names of those that the template sets."""
    path: list[str]
    layers: list[str]


class Process:
    """A process that runs, or has run."""

    def __init__(self, pid: int, output: asyncio.ReadTransport, on_exit: Callable[[int], None]) -> None:
        self.pid, self.on_exit = pid, on_exit
        self._output = output

    def kill(self) -> None:
        """Kills it, and all that it has started."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            # It has no group of its own in its very first moment.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        except PermissionError:
            pass

    def close(self) -> None:
        """Reads its output no further."""
        self._output.close()


class Processes:
    """Starts processes, through one forkserver, which is started when the first is, and again when it has ended."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._channel: socket.socket | None = None
        self._forkserver: subprocess.Popen[bytes] | None = None
        self._received = b""
        self._numbers = 0
        self._starting: dict[int, asyncio.Future[int]] = {}
        self._running: dict[int, Process] = {}
        self._ended: dict[int, int] = {}
        """Exit codes of those that had ended before they were known here."""

    async def start(self, start: Start, output: asyncio.Protocol, on_exit: Callable[[int], None]) -> Process:
        """Starts a process. Raises OSError."""
        os.stat(start.cwd)  # noqa: PTH116  # raises where there is no such folder
        channel = self._channel or self._start_forkserver()
        reading, writing = os.pipe()
        transport, _ = await self._loop.connect_read_pipe(lambda: output, os.fdopen(reading, "rb", 0))
        self._numbers += 1
        number = self._numbers
        self._starting[number] = self._loop.create_future()
        try:
            body = json.dumps({"number": number, **vars(start)}).encode()
            socket.send_fds(channel, [len(body).to_bytes(4) + body], [writing])
            pid = await self._starting[number]
        except OSError:
            transport.close()
            raise
        finally:
            os.close(writing)
            del self._starting[number]
        process = self._running[pid] = Process(pid, transport, on_exit)
        if pid in self._ended:
            self._has_ended(pid, self._ended.pop(pid))
        return process

    def close(self) -> None:
        """Ends the forkserver."""
        if self._forkserver and self._channel:
            self._hang_up()

    def _start_forkserver(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._forkserver = subprocess.Popen(  # noqa: S603  # ourselves
                [sys.executable, "-P", str(_FORKSERVER), str(os.getpid())],
                cwd="/",
                env=of_python(),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._channel = ours
        self._loop.add_reader(ours, self._read)
        return ours

    def _read(self) -> None:
        assert self._channel
        part = b""
        with contextlib.suppress(OSError):
            part = self._channel.recv(65_536)
        if not part:
            self._hang_up()
            return
        *lines, self._received = (self._received + part).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, content: dict[str, Any]) -> None:
        if "code" in content:
            self._has_ended(content["pid"], content["code"])
        elif (started := self._starting.get(content["number"])) and not started.done():
            started.set_result(content["pid"])

    def _has_ended(self, pid: int, code: int) -> None:
        if process := self._running.pop(pid, None):
            process.on_exit(code)
        else:
            self._ended[pid] = code

    def _hang_up(self) -> None:
        """The forkserver has ended, or ends now, and with it all that it has started."""
        assert self._channel
        assert self._forkserver
        self._loop.remove_reader(self._channel)
        self._channel.close()
        self._forkserver.kill()
        self._forkserver.wait()
        self._channel, self._received = None, b""
        for started in self._starting.values():
            if not started.done():
                started.set_exception(OSError("the forkserver has ended"))
        for pid, process in list(self._running.items()):
            process.kill()
            self._has_ended(pid, -signal.SIGKILL)
