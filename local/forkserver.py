"""Starts the processes of functions as forks of itself: python -P forkserver.py <pid of the server>, a socket as stdin.

Most of a process's start is importing botocore, which every step needs: here that is done before. A fork is then made
what a started process would be, and runs bootstrap. Where the function would not import what is imported here, or its
environment is for the start of Python, a fork starts Python anew. Like bootstrap it must not import anything of local.

A request is its length in four bytes and a JSON object, with the end of a pipe for what the process prints:
{"number", "arguments": those of bootstrap, "cwd", "env"}. What is said back are lines: {"number", "pid"} when it is
started, {"pid", "code"} when it has ended.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_BOOTSTRAP = str(Path(__file__).with_name("bootstrap.py"))
_FOR_THE_START = ("PYTHON", "LD_", "MALLOC_", "GLIBC_")
"""How the names of variables begin that are read before Python's first line."""

_SHORT_WAY = str(Path(__file__).with_name("short_way.py"))
_IN_ADVANCE = ("botocore.session", "botocore.client", "botocore.httpsession", "botocore.endpoint", "botocore.signers")


def main() -> None:
    bootstrap = _load("bootstrap", _BOOTSTRAP)
    bootstrap.die_with(int(sys.argv[1]))
    # awscrt, which comes with sam, signs a request at twice the cost of Python.
    os.environ["BOTO_DISABLE_CRT"] = "true"
    for name in _IN_ADVANCE:
        __import__(name)
    short_way = _load("short_way", _SHORT_WAY)
    compiled: dict[str, tuple[os.stat_result, CodeType]] = {}
    channel = socket.socket(fileno=os.dup(0))
    imported = {name.partition(".")[0] for name in sys.modules}
    gc.freeze()
    request = _next_to_become(channel, compiled)
    # From here on it is the function's process.
    arguments = [str(os.getppid()), *request["arguments"]]
    if _has_to_start_anew(request, imported):
        os.execve(sys.executable, [sys.executable, "-P", _BOOTSTRAP, *arguments], request["env"])  # noqa: S606
    sys.argv = [_BOOTSTRAP, *arguments]
    short_way.install(request["env"]["AWS_ENDPOINT_URL"])
    bootstrap.use_compiled(compiled)
    bootstrap.run(*arguments)


def _load(name: str, path: str) -> Any:
    module = ModuleType(name)
    module.__file__ = path
    SourceFileLoader(name, path).exec_module(module)
    return module


def _next_to_become(channel: socket.socket, compiled: dict[str, tuple[os.stat_result, CodeType]]) -> dict[str, Any]:
    """Serves requests. It comes back in a fork only, with the request that the fork is for."""
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    while True:
        ready, _, _ = select.select([channel.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_of_ends(channel)
        if channel.fileno() not in ready:
            continue
        length, output = _received(channel, 4)
        body, _ = _received(channel, int.from_bytes(length))
        request: dict[str, Any] = json.loads(body)
        _compile(request["layers"], compiled)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (woken, wake):
                os.close(end)
            channel.close()
            _take_on(request, output[0])
            return request
        os.close(output[0])
        _tell(channel, {"number": request["number"], "pid": pid})


def _received(channel: socket.socket, size: int) -> tuple[bytes, list[int]]:
    """So many bytes, and the files that came with them. Ends this process when the server is gone."""
    data, files = b"", []
    while len(data) < size:
        part, more, _, _ = socket.recv_fds(channel, size - len(data), 1)
        if not part:
            sys.exit()
        data += part
        files += more
    return data, files


def _tell_of_ends(channel: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _tell(channel, {"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(channel: socket.socket, content: dict[str, int]) -> None:
    channel.sendall(json.dumps(content).encode() + b"\n")


def _take_on(request: dict[str, Any], output: int) -> None:
    """Becomes what a process would be that was started for the request."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, theirs)
    os.close(nothing)
    os.close(output)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()


def _has_to_start_anew(request: dict[str, Any], imported: set[str]) -> bool:
    # Elsewhere a fork that goes on may crash in the system's own libraries.
    if sys.platform != "linux" or any(name.startswith(_FOR_THE_START) for name in request["variables"]):
        return True
    # A file or package of this name would be imported, were it not for what is there already.
    return any(name.partition(".")[0] in imported for folder in request["path"] for name in _names_in(folder))


def _names_in(folder: str) -> list[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [entry.name for entry in entries]
    return []


def _compile(folders: list[str], compiled: dict[str, tuple[os.stat_result, CodeType]]) -> None:
    """Keeps the code of layers, which no compiled files may lie beside."""
    for path in (path for folder in folders for path in _sources(folder)):
        # What can't be read or compiled fails where it is imported.
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            state = os.stat(path)  # noqa: PTH116
            known = compiled.get(path)
            if known is None or (known[0].st_mtime_ns, known[0].st_size) != (state.st_mtime_ns, state.st_size):
                source = Path(path).read_bytes()
                compiled[path] = state, compile(source, path, "exec", dont_inherit=True)


def _sources(folder: str) -> Iterator[str]:
    for above, _, names in os.walk(folder):
        yield from (os.path.join(above, name) for name in names if name.endswith(".py"))  # noqa: PTH118


if __name__ == "__main__":
    main()
