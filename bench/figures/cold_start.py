"""CPU of a process from its start to its handler's first line: a plain step beside what people would write instead.

User and system time as the kernel counts it, so that what else the machine does matters little. Each round starts every
handler once, in another order; ratios are of the same round.
"""

import asyncio
import json
import os
import resource
import statistics
import sys
from pathlib import Path
from typing import Any

from bench.laboratory import Laboratory
from bench.spread import spread
from bench.systems.peers import PYTHON as PEERS_PYTHON

ROOT = Path(__file__).parents[2]
HANDLERS = ROOT / "bench" / "handlers"

# What the first read answers: a run as the state Begin writes it.
_RUN = {
    "pk": {"S": "RUN#r"}, "sk": {"S": "RUN"}, "run_id": {"S": "r"}, "workflow": {"S": "bench"},
    "steps": {"S": "plain=a,plain=b,plain=c"}, "options": {"S": ""}, "status": {"S": "running"},
    "started_at": {"S": "2026-01-01T00:00:00.000Z"}, "kept_days": {"N": "800"},
    "execution": {"S": "arn:aws:states:us-east-1:123456789012:execution:interlude-bench:r"},
    "listed": {"S": "2026-01-01T00:00:00.000Z#r"}, "trigger": {"S": "{}"}, "url_key": {"S": "k" * 72},
}  # fmt: skip

BASE = "Bare boto3 handler, DynamoDB client"
BASE_READ = "Bare boto3 handler, after its first read"
STEP = "Interlude: a plain step's function, ready to be called"
STEP_LINE = "Interlude: first line of a plain step, after its first read"
VARIANTS: dict[str, tuple[str, dict[str, str]]] = {
    "Empty handler": ("empty", {}),
    BASE: ("bare_boto3", {}),
    BASE_READ: ("bare_boto3", {"READS": "1"}),
    STEP: ("step_start", {"STEP": "plain"}),
    STEP_LINE: ("step", {"STEP": "plain"}),
    "Powertools with pydantic, and boto3's DynamoDB client": ("powertools", {}),
    "AWS durable-execution SDK": ("durable_sdk", {}),
}
BASES = {STEP: BASE, STEP_LINE: BASE_READ}


async def measure(laboratory: Laboratory) -> dict[str, Any]:
    python = PEERS_PYTHON if PEERS_PYTHON.exists() else Path(sys.executable)
    server = await asyncio.start_server(_dynamodb, "127.0.0.1", 0)
    endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    cpu_ms: dict[str, list[float]] = {name: [] for name in VARIANTS}
    names = []
    try:
        for name in VARIANTS:  # writes the compiled files, and finds what can't be installed here
            if failure := await _failure(python, endpoint, name):
                laboratory.missing[name] = failure
            else:
                names.append(name)
        for turn in range(laboratory.sizes.cold_starts):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                cpu_ms[name].append(await _start(python, endpoint, name))
    finally:
        server.close()
    rows = [{"name": name, "cpu_ms": spread(cpu_ms[name]), **_ratio(cpu_ms, name)} for name in names]
    return {"python": str(python.parents[1].name), "handlers": rows}


def _ratio(cpu_ms: dict[str, list[float]], name: str) -> dict[str, Any]:
    base = BASES.get(name, BASE)
    if name in (BASE, BASE_READ) or not cpu_ms.get(base):
        return {}
    ratios = [one / other for one, other in zip(cpu_ms[name], cpu_ms[base], strict=True)]
    return {"ratio": statistics.median(ratios), "ratio_to": base}


async def _failure(python: Path, endpoint: str, name: str) -> str:
    """Why a handler does not come to its first line; empty where it does."""
    process = await asyncio.create_subprocess_exec(
        *_command(python, name), env=_environment(endpoint, name), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    return "" if process.returncode == 0 else errors.decode(errors="replace").strip().rpartition("\n")[2]


async def _start(python: Path, endpoint: str, name: str) -> float:
    status, used = await asyncio.to_thread(_spawn, _command(python, name), _environment(endpoint, name))
    assert status == 0, f"{name} ended with {status}"
    return 1_000 * (used.ru_utime + used.ru_stime)


def _spawn(command: list[str], environment: dict[str, str]) -> tuple[int, resource.struct_rusage]:
    """Its status and its usage. wait4 gives those of this one process."""
    pid = os.posix_spawn(command[0], command, environment)
    _, status, used = os.wait4(pid, 0)
    return status, used


def _command(python: Path, name: str) -> list[str]:
    return [str(python), "-P", str(HANDLERS / f"{VARIANTS[name][0]}.py")]


def _environment(endpoint: str, name: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / "layers" / "interlude"), str(HANDLERS)]),
        "LAMBDA_TASK_ROOT": str(HANDLERS),
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "BASE_URL": "https://api.example.com",
        "TABLE_NAME": "table",
        "DATA_STORES_TABLE": "stores",
        "BUCKET_NAME": "bucket",
        "NOTIFY_ADDRESS": "",
        "RETENTION_DAYS": "30",
        "SUSPEND_TIMEOUT_ACTION": "resume",
        **VARIANTS[name][1],
    }


async def _dynamodb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one BatchGetItem with the run, at no cost of the process that is measured."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    body = json.dumps({"Responses": {"table": [_RUN]}, "UnprocessedKeys": {}}).encode()
    kind = b"Content-Type: application/x-amz-json-1.0\r\n"
    writer.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (kind, len(body), body))
    await writer.drain()
    writer.close()
