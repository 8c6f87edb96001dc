"""Runs `python -m local` for the tests: on the real template, with the tests' own workflows beside the samples."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import indent

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

FUNCTION = """
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${{AWS::StackName}}-{workflow}-{step}
      CodeUri: {folder}
      Timeout: {timeout}
      AutoPublishAlias: live
      AutoPublishAliasAllProperties: true
      Policies:
        - !Ref StepPolicy
{policies}      Environment:
        Variables:
          STEP: {step}
"""

MACHINE = """
  {name}:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub ${{AWS::StackName}}-{workflow}
      DefinitionUri: {root}/statemachine/workflow.asl.json
      DefinitionSubstitutions:
        Workflow: {workflow}
        Partition: !Ref AWS::Partition
        Table: !Ref Runs
        Options: "{options}"
        Steps: !Sub {steps}
      Policies:
        - !Ref WorkflowPolicy
        - LambdaInvokePolicy: {{FunctionName: !Sub "${{AWS::StackName}}-{workflow}-"}}
"""


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
    """Each folder in steps/ with a workflow.txt: the steps in order, each with a timeout in seconds if not 60.

    An options.txt beside it holds the workflow's Options, an events.yaml the Events of its machine, an environment.yaml
    more variables of its functions, a policies.yaml more of their policies.
    """
    return sorted(file.parent.name for file in STEPS.glob("*/workflow.txt"))


def write_template(path: Path, moved: dict[str, Path]) -> Path:
    """The project's template with the tests' own workflows in it. `moved` names those whose steps lie elsewhere."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    # It will lie elsewhere: what it refers to has to be found from there.
    text = re.sub(r"((?:CodeUri|ContentUri|DefinitionUri): )(?=\w)", rf"\g<1>{ROOT}/", text)
    ours = "".join(_workflow(name, moved.get(name, STEPS / name)) for name in own_workflows())
    path.write_text(text.replace("\nResources:\n", f"\nResources:\n{ours}\n", 1), encoding="utf-8")
    path.with_name("secrets.json").write_text(json.dumps(SECRETS), encoding="utf-8")
    return path


def _workflow(workflow: str, folder: Path) -> str:
    lines = [line.split() for line in (folder / "workflow.txt").read_text(encoding="utf-8").splitlines()]
    timeouts = {step: (timeout[0] if timeout else "60") for step, *timeout in lines}
    names = {step: _logical_id(workflow, step) for step in timeouts}
    environment = folder / "environment.yaml"
    policies = folder / "policies.yaml"
    allowed = indent(policies.read_text(encoding="utf-8"), " " * 8) if policies.exists() else ""
    variables = indent(environment.read_text(encoding="utf-8"), " " * 10) if environment.exists() else ""
    functions = (
        FUNCTION.format(
            name=names[step], workflow=workflow, step=step, folder=folder, timeout=timeout, policies=allowed
        )
        + variables
        for step, timeout in timeouts.items()
    )
    steps = ",".join(f"{step}=${{{name}.Version}}" for step, name in names.items())
    options, events = folder / "options.txt", folder / "events.yaml"
    machine = MACHINE.format(
        name=_logical_id(workflow),
        workflow=workflow,
        steps=steps,
        root=ROOT,
        options=options.read_text(encoding="utf-8").strip() if options.exists() else "",
    )
    if events.exists():
        machine += "      Events:\n" + indent(events.read_text(encoding="utf-8"), " " * 8)
    return "".join(functions) + machine


def _logical_id(*names: str) -> str:
    return "".join(word.title() for name in names for word in name.split("_"))


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
