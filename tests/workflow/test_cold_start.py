"""What a step's function does before its first invocation, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

RUNTIME = Path(__file__).parents[2] / "layers" / "interlude"

PROGRAM = """
import json, sys
import interlude.step
told = interlude.step.handler({"workflow": "w", "step": sys.argv[1], "test": {}}, None) if sys.argv[2:] else None
print(json.dumps([told, sorted(sys.modules)]))
"""


def start(folder: Path, step: str, *, invoke: bool) -> tuple[dict, set[str]]:
    """Starts Python as Lambda does, the task root first on its path. Returns the answer and what is imported."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(folder), str(RUNTIME)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_DEFAULT_REGION": "us-east-1",
        "STEP": step,
        "TABLE_NAME": "runs",
        "BUCKET_NAME": "payloads",
        "RETENTION_DAYS": "30",
        "BASE_URL": "https://interlude.example",
        "NOTIFY_ADDRESS": "",
        "SUSPEND_TIMEOUT_ACTION": "resume",
    }
    arguments = [sys.executable, "-P", "-c", PROGRAM, step, *(["invoke"] if invoke else [])]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  # Python itself
    assert done.returncode == 0, done.stderr
    told, modules = json.loads(done.stdout.splitlines()[-1])
    return told, set(modules)


def test_what_a_plain_step_does_not_use_is_not_imported(tmp_path: Path):
    """Cold starts are the cost that users feel."""
    (tmp_path / "ask.py").write_text("def handler(pd): return 1\n", encoding="utf-8")

    _, modules = start(tmp_path, "ask", invoke=False)

    assert {"interlude.turns.turn", "steps.ask", "botocore.client"} <= modules
    unused = {
        "boto3",
        "asyncio",
        "pydantic",
        "aws_lambda_powertools",
        "tarfile",
        "interlude.turns.trial",
        "interlude.control.waits",
    }
    assert modules & unused == set()


def test_a_step_may_be_called_like_a_library_that_the_runtime_needs(tmp_path: Path):
    """The task root stands first on the path of a function, so that a file there could hide Python's own module."""
    (tmp_path / "email.py").write_text("def handler(pd): return 'mine'\n", encoding="utf-8")

    told, _ = start(tmp_path, "email", invoke=True)

    assert told["exports"] == {"$return_value": "mine"}


def test_a_step_that_cannot_be_imported_still_starts(tmp_path: Path):
    """Its run fails with the error; an environment that does not start would be retried in vain."""
    (tmp_path / "ask.py").write_text("raise SystemExit(1)\n", encoding="utf-8")

    told, _ = start(tmp_path, "ask", invoke=True)

    assert (told["status"], told["error"]["type"]) == ("failed", "SystemExit")
