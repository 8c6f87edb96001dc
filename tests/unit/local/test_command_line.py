"""python -m local, as a process: says that it is ready, ends cleanly, and says in one sentence why it can't start."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import LIMIT_S, is_running, until

ROOT = Path(__file__).parents[3]
FIXTURE = ROOT / "tests" / "local_template" / "template.yaml"


class Local:
    """A process of python -m local."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - this project
            [sys.executable, "-m", "local", "--data", str(data), *arguments],
            cwd=ROOT,
            env={**os.environ, "PORT": "0", "AWS_PROFILE": "no-such-profile"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.url = self.read_until("Interlude is ready on ").split()[-1]

    def read_until(self, start: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith(start):
                return line.rstrip()
        self.close()
        raise AssertionError("\n".join(self.lines))

    def step(self, **event: Any) -> dict[str, Any]:
        body = json.dumps(event).encode()
        request = urllib.request.Request(f"{self.url}/step", body, {"Content-Type": "application/json"})  # noqa: S310 - always http
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:  # noqa: S310
            read: dict[str, Any] = json.load(answer)["payload"]
            return read

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    started = Local(tmp_path, "--template", str(FIXTURE), "--parameter-overrides", "Word=goodbye")
    yield started
    started.close()


def test_it_says_where_everything_is_and_leaves_no_process(local: Local) -> None:
    """Address, moto's address and hooks at the start; the given parameters; exit code 0 on Ctrl-C; no worker left."""
    hook = local.read_until("  machine: ")
    assert hook == f"  machine: {local.url}/hooks/machine/0123456789"
    assert any(line.strip().startswith("AWS services: aws --endpoint-url http://127.0.0.1:") for line in local.lines)
    step = local.step(do="environment")
    assert step["environment"]["WORD"] == "goodbye"
    assert step["environment"]["BASE_URL"] == local.url
    worker = local.step()["pid"]
    assert local.end(signal.SIGINT) == 0
    until(lambda: not is_running(worker))


def test_the_first_line_comes_before_what_takes_long_to_import() -> None:
    """The template's name is shown when nothing is there yet but Python's own modules."""
    program = """
import os, sys
from local import __main__, console

def say(line):
    heavy = {"boto3", "botocore", "checker", "moto", "ruamel", "samtranslator", "werkzeug", "yaml"}
    print(line, sorted(heavy & sys.modules.keys()), flush=True)
    os._exit(0)

console.say = say
__main__.main()
"""
    done = subprocess.run(  # noqa: S603 - this project
        [sys.executable, "-c", program, "--template", "mine.yaml"],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=True,
    )  # fmt: skip
    assert done.stdout == "Interlude reads mine.yaml … []\n"


def test_sigterm_ends_it_while_a_function_is_at_work(local: Local) -> None:
    """Exit code 0, and neither an idle worker nor a busy one is left."""
    worker = local.step()["pid"]
    host, port = local.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as busy:
        body = b'{"do": "sleep", "seconds": 60}'
        lines = ["POST /step HTTP/1.1", f"Host: {host}:{port}", "Content-Type: application/json"]
        busy.sendall("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        local.read_until("step | asleep")
        assert local.end(signal.SIGTERM) == 0
    until(lambda: not is_running(worker))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers end when they ask for their next invocation")
def test_workers_do_not_outlive_a_killed_server(local: Local) -> None:
    """Not even one that is at work."""
    worker = local.step()["pid"]
    assert local.end(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: not is_running(worker))


def test_a_tunnel_s_name_is_what_links_begin_with(tmp_path: Path) -> None:
    """--allow-host NAME: hooks are served to it and management routes are not; steps hand out links that lead there."""
    started = Local(
        tmp_path, "--template", str(FIXTURE), "--parameter-overrides", "Word=hello", "--allow-host", "My.tunnel.example"
    )
    try:
        through = {"Host": "my.tunnel.example", "X-Forwarded-For": "203.0.113.7"}

        assert started.step(do="environment")["environment"]["BASE_URL"] == "https://my.tunnel.example"
        assert status(f"{started.url}/hooks/machine/key", **through) == 202
        assert status(f"{started.url}/workflows", **through) == 403
        assert status(f"{started.url}/local/outbox", **through) == 403
        assert status(f"{started.url}/hooks/machine/key", Host="other.example") == 403
    finally:
        started.close()


def test_no_port_of_the_server_speaks_with_other_sites(local: Local) -> None:
    """Neither its own, nor moto's, which would hand out every token, nor one that a worker is told its work by."""
    local.read_until("  machine: ")
    moto = next(line for line in local.lines if "--endpoint-url" in line).split("--endpoint-url ")[1].split()[0]
    runtime = local.step(do="environment")["environment"]["AWS_LAMBDA_RUNTIME_API"]
    ports = {
        f"{local.url}/workflows": 200,
        f"{moto}/moto-api/": 200,
        f"http://{runtime}/2018-06-01/nothing": 404,
    }
    evil = [{"Host": f"evil.example:{moto.rpartition(':')[2]}"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
    evil += [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Host": "127.0.0.1:1.evil.example"}]
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert {url: status(url) for url in ports} == ports
    assert {url: {status(url, **headers) for headers in evil} for url in ports} == {url: {403} for url in ports}
    # A GET to moto can be any call of AWS; the server's own change nothing.
    assert [status(url, **link) for url in ports] == [200, 403, 403]


def status(url: str, **headers: str) -> int:
    """What a GET is answered. Header names have _ for -, and are sent as they are."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=named), timeout=LIMIT_S) as answer:  # noqa: S310 - always http
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def refusal(*arguments: str, **environment: str) -> str:
    """What is said on stderr by a start that ends with 1. On stdout there is the first line, or nothing yet."""
    done = subprocess.run(  # noqa: S603 - this project
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 1, done
    assert not done.stdout or re.fullmatch(r"Interlude reads \S+ …\n", done.stdout), done
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """The port, and what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refusal("--template", str(FIXTURE), "--data", str(tmp_path), PORT=str(port))
    assert said == (
        f"Port {port} of 127.0.0.1 can't be used: Address already in use. Set PORT to another one, or to 0 for any."
    )


def test_a_folder_that_another_server_uses(local: Local, tmp_path: Path) -> None:
    """The file, and the process that has it."""
    said = refusal("--template", str(FIXTURE), "--data", str(tmp_path))
    assert said == (
        f"{tmp_path}/template.yaml.us-east-1.db is in use by another server, process {local.process.pid}: "
        "stop that one, or name another folder by --data."
    )


@pytest.mark.parametrize("port", ["http", "-1", "70000"])
def test_a_port_that_is_none(port: str) -> None:
    """The value, and what is allowed."""
    assert refusal(PORT=port) == f"PORT is {port!r}, but must be a number from 0 to 65535."


def test_a_template_that_is_not_there() -> None:
    """The path, as it was given."""
    assert refusal("--template", "nowhere.yaml").startswith("nowhere.yaml does not exist; ")


@pytest.mark.parametrize("host", ["https://my.tunnel.example", "my.tunnel.example:443", "a/b", ".example"])
def test_a_host_that_is_no_name(host: str) -> None:
    """The value, and what is allowed."""
    assert refusal("--allow-host", host) == f"--allow-host got {host!r}, but takes a host name such as abc.example.com."


def test_an_override_that_is_no_pair() -> None:
    """The value, and what is allowed."""
    assert refusal("--parameter-overrides", "Word") == "--parameter-overrides got 'Word', but takes Key=Value."
