"""`sam build && sam deploy` with the committed samconfig.toml, against a moto server that takes deployments.

`make rehearsal` and `make proof` run it. `make test` does not: it takes about two minutes, and sam build needs Python
3.13 and PyPI.
Each test is a deployment of the same stack, after those before it.
"""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.waiting import LIMIT_S, until

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
OWNER = "owner@example.com"
"""An address that SES knows before the stack does."""

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        sys.version_info[:2] != (3, 13), reason="sam build needs the Python that the functions run on: 3.13"
    ),
]


@dataclass(frozen=True)
class Rehearsal:
    folder: Path
    """A copy of what a user deploys."""
    endpoint: str
    environment: dict[str, str]

    def sam(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """What a user types, and y where sam asks."""
        return subprocess.run(  # noqa: S603  # the development environment's sam
            [str(BIN / "sam"), *arguments], cwd=self.folder, env=self.environment, input="y\n",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip

    def deploy(self, **parameters: str) -> "subprocess.CompletedProcess[str]":
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        return self.sam("deploy", *(["--parameter-overrides", *overrides] if overrides else []))

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1")  # type: ignore[call-overload]

    def versions(self) -> dict[str, str]:
        """The step's version that each workflow's new runs would be pinned to, by the function's name."""
        states = self.client("stepfunctions")
        found = {}
        for machine in states.list_state_machines()["stateMachines"]:
            text = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"]
            for part in text.partition('"steps": {"S": "')[2].partition('"')[0].split(","):
                _, _, name, version = part.rsplit(":", 3)
                found[name] = version
        return found

    def stack(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName="interlude")["Stacks"][0]
        return found

    def status(self) -> str:
        return str(self.stack()["StackStatus"])

    def parameters(self) -> dict[str, str]:
        return {each["ParameterKey"]: each["ParameterValue"] for each in self.stack()["Parameters"]}

    def reasons(self) -> str:
        """Why resources could not be made, as the stack's events have it; sam wraps it into the cells of a table."""
        events = self.client("cloudformation").describe_stack_events(StackName="interlude")["StackEvents"]
        return " ".join(each.get("ResourceStatusReason") or "" for each in events)

    def left_over(self) -> list[str]:
        """Tables and buckets, without the bucket that sam itself makes."""
        buckets = [each["Name"] for each in self.client("s3").list_buckets()["Buckets"]]
        return [
            *self.client("dynamodb").list_tables()["TableNames"],
            *(name for name in buckets if not name.startswith("aws-sam-cli-managed")),
        ]


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("project")
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("functions", "layers", "statemachine"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # By name: with an IP address sam's own bucket would have no host of its own.
    endpoint = f"http://localhost:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": ",".join(["localhost", *filter(None, [os.environ.get("NO_PROXY")])]),
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
        "SAM_CLI_TELEMETRY": "0",
    }
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(  # noqa: S603  # the tests' own program
        [sys.executable, "-m", "tests.rehearsal.server", str(port)],
        cwd=ROOT, env={**environment, "MOTO_PORT": str(port)}, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        wait_for(f"{endpoint}/moto-api/data.json", server)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", "rehearsal")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "rehearsal")
            yield Rehearsal(folder, endpoint, environment)
    finally:
        server.kill()  # not SIGTERM, which a process ignores where its parent did
        server.wait(LIMIT_S)
        log.close()


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    def answers() -> bool:
        assert server.poll() is None, "the server has ended"
        with suppress(OSError), urllib.request.urlopen(url, timeout=LIMIT_S):  # noqa: S310  # this machine
            return True
        return False

    until(answers, "An answer of the server")


def test_it_builds(rehearsal: Rehearsal):
    built = rehearsal.sam("build")

    assert built.returncode == 0, built.stdout
    for name in ("Runtime", "ApiFunction"):
        sources = set((rehearsal.folder / ".aws-sam" / "build" / name).rglob("*.py"))
        compiled = {file.parent / "__pycache__" / f"{file.stem}.cpython-313.pyc" for file in sources}
        assert sources
        assert [file for file in compiled if not file.exists()] == []


def test_a_first_deployment_that_fails_leaves_nothing(rehearsal: Rehearsal):
    """SES has the address already, and the stack would create it: rolled back, and what it had created is gone."""
    rehearsal.client("sesv2").create_email_identity(EmailIdentity=OWNER)

    done = rehearsal.deploy(NotifyAddress=OWNER)

    assert done.returncode != 0
    assert f"'{OWNER}' already exists" in rehearsal.reasons()
    assert (rehearsal.status(), rehearsal.left_over()) == ("ROLLBACK_COMPLETE", [])
    rehearsal.client("cloudformation").delete_stack(StackName="interlude")


def test_the_first_deployment(rehearsal: Rehearsal):
    """With samconfig.toml as it is committed."""
    done = rehearsal.deploy()

    assert done.returncode == 0, done.stdout
    assert rehearsal.status() == "CREATE_COMPLETE"
    assert "ApiUrl" in done.stdout
    assert len(rehearsal.left_over()) == 3
    assert set(rehearsal.versions().values()) == {"1"}


def test_a_notify_address_makes_a_version_of_every_step(rehearsal: Rehearsal):
    """One that SES has already, and that the stack leaves to its owner."""
    done = rehearsal.deploy(NotifyAddress=OWNER, CreateSender="false")

    assert done.returncode == 0, done.stdout
    assert set(rehearsal.versions().values()) == {"2"}


def test_a_tag_alone_is_refused(rehearsal: Rehearsal):
    """The error is the one that docs/upgrading.md explains."""
    template = rehearsal.folder / "template.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("    Tracing: Active\n", "    Tracing: Active\n    Tags: {team: publishing}\n", 1))
    assert rehearsal.sam("build").returncode == 0

    done = rehearsal.deploy()

    assert done.returncode != 0
    assert "A version for this Lambda function exists ( 2 )" in rehearsal.reasons()
    assert rehearsal.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert set(rehearsal.versions().values()) == {"2"}


def test_another_release_is_the_way_out(rehearsal: Rehearsal):
    """The same deployment, with a true change of every step. Parameters that it does not name keep their values."""
    done = rehearsal.deploy(Release="2")

    assert done.returncode == 0, done.stdout
    assert rehearsal.status() == "UPDATE_COMPLETE"
    assert set(rehearsal.versions().values()) == {"3"}
    assert len(rehearsal.left_over()) == 3
    assert (rehearsal.parameters()["NotifyAddress"], rehearsal.parameters()["Release"]) == (OWNER, "2")


def test_what_users_have_outlives_the_stack(rehearsal: Rehearsal):
    """Both tables and the bucket stay; the rest goes."""
    kept = rehearsal.left_over()

    rehearsal.client("cloudformation").delete_stack(StackName="interlude")

    assert rehearsal.client("cloudformation").list_stacks(StackStatusFilter=["UPDATE_COMPLETE"])["StackSummaries"] == []
    assert (rehearsal.left_over(), len(kept)) == (kept, 3)
    assert rehearsal.client("stepfunctions").list_state_machines()["stateMachines"] == []
