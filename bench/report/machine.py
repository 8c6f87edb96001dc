"""On which machine, with which versions and when a report was made."""

import os
import platform
import re
import sqlite3
import subprocess
from datetime import UTC
from pathlib import Path
from typing import Any

from bench.systems.peers import FOLDER, PYTHON
from bench.systems.system import NotInstalled, version_of
from interlude import clock

ROOT = Path(__file__).parents[2]
_DISTRIBUTIONS = {
    "Restate SDK for Python": "restate-sdk",
    "DBOS": "dbos",
    "Prefect": "prefect",
    "AWS durable-execution SDK": "aws-durable-execution-sdk-python",
    "its testing package": "aws-durable-execution-sdk-python-testing",
    "Powertools": "aws-lambda-powertools",
    "boto3 of cold starts": "boto3",
    "hypercorn": "hypercorn",
}


def description() -> dict[str, Any]:
    return {
        "date": clock.iso(clock.now_ms())[:16].replace("T", " ") + f" {UTC}",
        "commit": _commit(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load_average": round(os.getloadavg()[0], 1),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    versions = {}
    package = FOLDER / "node_modules" / "@restatedev" / "restate-server" / "package.json"
    if package.exists() and (found := re.search(r'"version": "([^"]+)"', package.read_text(encoding="utf-8"))):
        versions["Restate server"] = found[1]
    for name, distribution in _DISTRIBUTIONS.items():
        try:
            versions[name] = version_of(PYTHON, distribution)
        except NotInstalled:
            versions[name] = "not installed"
    return versions


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", file.read_text(encoding="utf-8")) if file.exists() else None
    return found[1] if found else platform.processor() or platform.machine()
