"""Times, for people to compare before and after a change. Tests count, they never time."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[1]

STEP_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "none",
    "BASE_URL": "https://api.example.com",
    "BUCKET_NAME": "bucket",
    "LAMBDA_TASK_ROOT": str(ROOT / "functions/counter"),
    "NOTIFY_ADDRESS": "",
    "PYTHONPATH": str(ROOT / "layers/interlude"),
    "RETENTION_DAYS": "30",
    "STEP": "count",
    "SUSPEND_TIMEOUT_ACTION": "resume",
    "TABLE_NAME": "table",
}


def run() -> None:
    report("cold start: import of a step and its client", [cold_start() for _ in range(10)])
    report("cold start: bare interpreter, for comparison", [interpreter("pass", {}) for _ in range(10)])
    started = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "local"], cwd=ROOT, env={**os.environ, "PORT": "0"}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout
        base = server.stdout.readline().split()[-1]
        report("local server: start until ready", [time.perf_counter() - started])
        hooks = {workflow["name"]: workflow["hook_url"] for workflow in ask(f"{base}/workflows")["workflows"]}
        paused, resumed = zip(*(approval(hooks["approval"]) for _ in range(10)), strict=True)
        report("approval: hook until the run is paused", paused)
        report("approval: click until the run has succeeded", resumed)
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate()


def cold_start() -> float:
    return interpreter("import interlude.step", STEP_ENVIRONMENT)


def interpreter(code: str, environment: dict[str, str]) -> float:
    return timed(lambda: subprocess.run([sys.executable, "-c", code], env=environment, check=True))


def approval(hook: str) -> tuple[float, float]:
    run: dict[str, Any] = {}
    paused = timed(lambda: run.update(until(ask(hook, {"document": "x"})["status_url"], "paused")))
    return paused, timed(lambda: (ask(run["wait"]["resume_url"]), until(run["url"], "succeeded")))


def until(url: str, status: str) -> dict[str, Any]:
    while True:
        run = ask(url)
        if run["status"] == status:
            return {**run, "url": url}


def ask(url: str, body: Any = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, {"Content-Type": "application/json"})) as answer:
        value: dict[str, Any] = json.load(answer)
    return value


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def report(what: str, seconds: Any) -> None:
    least, middle, most = (1000 * pick(seconds) for pick in (min, statistics.median, max))
    print(f"{what:<50} {least:7.0f} {middle:7.0f} {most:7.0f} ms (min, median, max)")
