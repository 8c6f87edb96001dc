"""Runs bench.play, whose process is the step's function, on the DynamoDB and the S3 of the local server."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3

from bench.laboratory import Laboratory

ROOT = Path(__file__).parents[2]


def aws(service: str, endpoint: str) -> Any:
    """A client of the local server's AWS, which lets any credentials but a function's do everything."""
    session: Any = boto3.Session("local", "local", region_name="us-east-1")
    return session.client(service, endpoint_url=endpoint)


async def outputs(endpoint: str) -> dict[str, str]:
    """The outputs of the stack, such as RunsTable."""
    stacks = await asyncio.to_thread(aws("cloudformation", endpoint).describe_stacks, StackName="interlude")
    return {output["OutputKey"]: output["OutputValue"] for output in stacks["Stacks"][0]["Outputs"]}


async def play(laboratory: Laboratory, **experiment: Any) -> list[dict[str, Any]]:
    """What each turn of a run used: `{"step", "cpu_ms", "wall_ms", "calls"}`. `steps` and `event` are the run's."""
    server = await laboratory.interlude()
    named = await outputs(server.aws_endpoint)
    run_id = laboratory.new_run("bench-0123456789ab") + "-dd072481e1ca7708"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.play"),
        json.dumps({"run_id": run_id, "table": named["RunsTable"], "event": {}, **experiment}),
        cwd=ROOT,
        env=_environment(server.aws_endpoint, named),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"bench.play failed: {errors.decode(errors='replace')[-2_000:]}")
    turns: list[dict[str, Any]] = json.loads(output)
    return turns


def _environment(endpoint: str, named: dict[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / "layers" / "interlude"), str(ROOT)]),
        "LAMBDA_TASK_ROOT": str(ROOT / "bench" / "workflows" / "played"),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "TABLE_NAME": named["RunsTable"],
        "DATA_STORES_TABLE": named["DataStoresTable"],
        "BUCKET_NAME": named["PayloadsBucket"],
        "BASE_URL": "https://api.example.com",
        "NOTIFY_ADDRESS": "",
        "RETENTION_DAYS": "30",
        "SUSPEND_TIMEOUT_ACTION": "resume",
        "STEP": "plain",
    }
