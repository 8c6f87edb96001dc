"""What AWS's own tools say of the template, and what they make of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import LIMIT_S

PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATH = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"


def run(tool: str, *arguments: str) -> None:
    """Runs a tool of the development environment; the claim is that it has nothing to complain of."""
    program = shutil.which(tool, path=PATH)
    if program is None:
        pytest.skip(f"{tool} is not installed: requirements/dev.txt has it")
    environment = {**os.environ, "PATH": PATH, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(  # noqa: S603  # sam and cfn-lint from the development environment
        [program, *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.proof
def test_sam_validate_finds_nothing():
    """The template is valid, and clean for the linter that sam deploy's users run."""
    run("sam", "validate", "--lint")


def test_cfn_lint_finds_nothing():
    """No error, no warning, nothing informational."""
    run("cfn-lint", "template.yaml")


@pytest.mark.proof
@pytest.mark.skipif(
    sys.version_info[:2] != (3, 13), reason="sam build needs the Python that the functions run on: 3.13"
)
def test_sam_build_makes_the_layer_and_the_functions(tmp_path: Path):
    """The layer has the runtime under python/, the API its packages; steps are their folder."""
    run("sam", "build", "--build-dir", str(tmp_path / "build"), "--cache-dir", str(tmp_path / "cache"))

    built = tmp_path / "build"
    assert (built / "Runtime" / "python" / "interlude" / "step.py").is_file()
    assert (built / "ApiFunction" / "entry.py").is_file()
    assert (built / "Failures" / "entry.py").is_file()
    assert (built / "Wakeups" / "entry.py").is_file()
    assert (built / "Watch" / "entry.py").is_file()
    assert (built / "ApiFunction" / "aws_lambda_powertools").is_dir()
    assert (built / "ApiFunction" / "pydantic_core").is_dir()
    assert (built / "PollWaitForJob" / "wait_for_job.py").is_file()
    assert (built / "PollWaitForJob" / "requests").is_dir()
    assert (built / "ApprovalAsk" / "ask.py").is_file()
    assert not list(built.rglob("boto3"))
    # An arm64 function with a package that was built for another machine fails when it is called.
    assert [file.name for file in built.rglob("*.so") if "aarch64" not in file.name] == []
