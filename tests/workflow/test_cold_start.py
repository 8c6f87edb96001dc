"""What a step's function does before its first invocation, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import LIMIT_S

RUNTIME = Path(__file__).parents[2] / "layers" / "interlude"

needs_lambda_s_python = pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="Lambda's Python is 3.13")

COUNT = 377
"""What a plain step imports, Python's own modules and botocore's included. Fewer are fine: write the new count here."""

PROGRAM = """
import json, sys
import interlude.step
told = interlude.step.handler({"workflow": "w", "step": sys.argv[1], "test": {}}, None) if sys.argv[2:] else None
print(json.dumps([told, sorted(sys.modules)]))
"""

READING = """
import json, os, sys
read = {}
def note(event, arguments):
    if event == "open" and str(arguments[0]).endswith((".json", ".json.gz")) and os.path.isfile(arguments[0]):
        read[str(arguments[0])] = os.path.getsize(arguments[0])
sys.addaudithook(note)
import interlude.step
print(json.dumps(read))
"""

RESTORE = """
import json, random
import interlude.step
from snapshot_restore_py import get_after_restore
snapshot = random.getstate()
before = random.random()
random.setstate(snapshot)
for function, arguments, named in get_after_restore():
    function(*arguments, **named)
print(json.dumps([before, random.random()]))
"""


def environment(folder: Path, step: str) -> dict[str, str]:
    """What Lambda gives to a step's function, the task root first on its path."""
    return {
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


def run(arguments: list[str], environment: dict[str, str]) -> Any:
    """What a program of Python's prints last, as JSON."""
    done = subprocess.run(  # noqa: S603  # Python itself
        [sys.executable, "-P", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def start(folder: Path, step: str, *, invoke: bool) -> tuple[dict, set[str]]:
    """Starts a step's function. Returns the answer and what is imported."""
    told, modules = run(["-c", PROGRAM, step, *(["invoke"] if invoke else [])], environment(folder, step))
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
        "interlude.options",
        "interlude.control.waits",
        "snapshot_restore_py",
    }
    assert modules & unused == set()


@needs_lambda_s_python
def test_a_plain_step_needs_no_more_modules_than_before(tmp_path: Path):
    """Without what only this machine has: botocore imports awscrt and pyOpenSSL where they are."""
    (tmp_path / "ask.py").write_text("def handler(pd): return 1\n", encoding="utf-8")
    for absent in ("awscrt", "OpenSSL", "brotli", "brotlicffi", "zstandard"):
        (tmp_path / f"{absent}.py").write_text("raise ImportError\n", encoding="utf-8")

    _, modules = start(tmp_path, "ask", invoke=False)

    assert len(modules) <= COUNT, sorted(modules)


def test_the_data_of_one_service_is_read(tmp_path: Path):
    """With a part of botocore's endpoints: its own files of both have 1.8 MB, and each service has a folder."""
    (tmp_path / "ask.py").write_text("def handler(pd): return 1\n", encoding="utf-8")

    read = run(["-c", READING], environment(tmp_path, "ask"))

    assert len(read) <= 5, read
    assert sum(read.values()) < 150_000, read
    assert sum("/interlude/aws/data/" in file for file in read) == 2


def test_restored_copies_of_a_step_do_not_draw_the_same_numbers(tmp_path: Path):
    """SnapStart starts all of them from one snapshot, the state of `random` included."""
    (tmp_path / "ask.py").write_text("def handler(pd): return 1\n", encoding="utf-8")

    before, after = run(
        ["-c", RESTORE], {**environment(tmp_path, "ask"), "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    )

    assert before != after


@needs_lambda_s_python
def test_the_layer_is_built_with_compiled_files_and_always_the_same(tmp_path: Path):
    """A function can't write them, and a layer that differs makes a version of every step."""
    builds = [tmp_path / "one", tmp_path / "another" / "place"]
    for build in builds:
        make = [
            "make",
            "--silent",
            "-C",
            str(RUNTIME),
            "build-Runtime",
            f"ARTIFACTS_DIR={build}",
            f"PYTHON={sys.executable}",
        ]
        subprocess.run(make, check=True, timeout=LIMIT_S)  # noqa: S603  # the project's own Makefile

    files = [
        {file.relative_to(build): file.read_bytes() for file in build.rglob("*.*") if file.is_file()}
        for build in builds
    ]

    assert files[0] == files[1]
    sources = [file for file in files[0] if file.suffix == ".py"]
    assert len(sources) == len(list((RUNTIME / "interlude").rglob("*.py")))
    for source in sources:
        compiled = files[0][source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"]
        # PEP 552: 1 is a file that holds a hash, 3 one whose hash is compared with the source.
        assert int.from_bytes(compiled[4:8], "little") == 1, source


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
