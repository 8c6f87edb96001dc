"""Runs `python -m local` for the tests: on the real template, with the tests' own workflows beside the samples."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sync import reading, syncing
from sync.syncing import FILE
from sync.workflow import Workflow
from tests.waiting import LIMIT_S, eventually, is_running

ROOT = Path(__file__).parents[2]
STEPS = Path(__file__).parent / "steps"
READY = re.compile(r"\bInterlude is ready on (http://127\.0\.0\.1:\d+)\b")
SECRETS = {
    "interlude/app": {"oauth_access_token": 'e2e-token-"q"-zebra', "refresh": ["e2e-refresh-zebra"]},
    "/interlude/api-key": "e2e-api-key-zebra",
    "interlude/hooks/pushes": "e2e-hook-secret-zebra",
}
"""What the developer's file of secrets holds."""


class Server:
    """A local server in a process of its own. `log` is what it has printed so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process, self._log = process, log
        self.base_url = ""

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def tail(self, lines: int = 60) -> str:
        return "\n".join(self.log.splitlines()[-lines:])


def own_workflows() -> list[str]:
    """Each folder in steps/ with a workflow.yaml."""
    return sorted(file.parent.name for file in STEPS.glob(f"*/{FILE}"))


def write_template(path: Path, moved: dict[str, Path]) -> Path:
    """The project's template with the tests' own workflows in it. `moved` names those whose steps lie elsewhere."""
    workflows = [_workflow(name, moved.get(name, STEPS / name)) for name in own_workflows()]
    text = syncing.put(syncing.read_template(ROOT / "template.yaml"), workflows).after.text
    # It will lie elsewhere: what it refers to has to be found from there.
    text = re.sub(r"((?:CodeUri|ContentUri|DefinitionUri): )(?=\w)", rf"\g<1>{ROOT}/", text)
    path.write_text(text, encoding="utf-8")
    path.with_name("secrets.json").write_text(json.dumps(SECRETS), encoding="utf-8")
    return path


def _workflow(name: str, folder: Path) -> Workflow:
    file = folder / FILE
    return replace(reading.parse(file.read_text(encoding="utf-8"), str(file), name), code_uri=str(folder))


@contextmanager
def running(template: Path, log: Path, *options: str) -> Iterator[Server]:
    """A server until the block ends. Then Ctrl-C has to end it, with exit code 0 and no process left behind."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")} | {"PORT": "0"}
    command = [sys.executable, "-m", "local", "--template", str(template), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # the project's own server
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    server = Server(process, log)
    try:
        server.base_url = _address(server)
        yield server
        workers = _children(process.pid)
        process.send_signal(signal.SIGINT)
        code = process.wait(LIMIT_S)
        assert code == 0, f"The server ended with exit code {code}:\n{server.tail()}"
        eventually(
            lambda: [pid for pid in workers if is_running(pid)], lambda left: not left, "The end of its processes"
        )
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _address(server: Server) -> str:
    def look() -> str:
        assert server.process.poll() is None, f"The server did not start:\n{server.tail()}"
        return server.log

    log = eventually(look, READY.search, "The ready line")
    found = READY.search(log)
    assert found
    return found[1]


def _children(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have, where the system tells (Linux)."""
    found: list[int] = []
    for each in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            found += map(int, each.read_text().split())
    return [*found, *(below for child in found for below in _children(child))]
