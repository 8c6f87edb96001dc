"""Interlude's own local server, on the project's template with the workflows of the bench in it."""

import asyncio
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from bench.systems.system import START_S, Processes
from bench.traffic import Answer, send
from tests import templates

ROOT = Path(__file__).parents[2]
_READY = re.compile(r"\bInterlude is ready on (http://127\.0\.0\.1:\d+)\b")
_ENDPOINT = re.compile(r"--endpoint-url (http://127\.0\.0\.1:\d+)\b")
WORKFLOWS = {
    "three": ["one", "two", "three"],
    "asking": ["ask", "answer", "last"],
    "polling": ["poll", "report"],
}


class Interlude:
    name = "Interlude"
    note = (
        "`make local`: an HTTP front, each Lambda function in processes of its own under AWS's runtime client, "
        "requests judged by IAM policies."
    )

    def __init__(self, folder: Path, listener: str, variables: dict[str, str] | None = None) -> None:
        """`variables` are more environment variables of all functions."""
        folder.mkdir()
        self.processes = Processes(folder)
        self.base_url = ""
        self.aws_endpoint = ""
        self.first_line_s = self.ready_s = 0.0
        """From the start of its process."""
        self._hooks: dict[str, str] = {}
        self._run_ids: dict[str, str] = {}
        self._template = _template(folder, {"LISTENER": listener, **(variables or {})})

    async def start(self) -> None:
        command = [sys.executable, "-m", "local", "--template", str(self._template)]
        before = len(self.processes.text)
        started, self.first_line_s = time.perf_counter(), 0.0
        process = self.processes.start(command, ROOT, {"PORT": "0"})
        for _ in range(START_S * 100):
            text = self.processes.text[before:]
            self.ready_s = time.perf_counter() - started
            if text and not self.first_line_s:
                self.first_line_s = self.ready_s
            if (ready := _READY.search(text)) and (endpoint := _ENDPOINT.search(text)):
                self.base_url, self.aws_endpoint = ready[1], endpoint[1]
                break
            if process.poll() is not None:
                raise RuntimeError("it did not start: " + " ".join(self.processes.tail()))
            await asyncio.sleep(0.01)
        else:
            raise RuntimeError(f"it was not ready within {START_S} s: " + " ".join(self.processes.tail()))
        workflows = (await send("GET", f"{self.base_url}/workflows")).json["workflows"]
        self._hooks = {workflow["name"]: workflow["hook_url"] for workflow in workflows}

    async def begin(self, workflow: str, run: str) -> Answer:
        answer = await self.start_run(workflow, {"run": run})
        self._run_ids[run] = answer.json["run_id"]
        return answer

    async def start_run(self, workflow: str, body: dict[str, Any]) -> Answer:
        return await send("POST", self._hooks[workflow], body)

    async def paused(self, run: str) -> None:
        await self.until(self._run_ids[run], "paused")

    async def ended(self, run: str) -> None:
        await self.until(self._run_ids[run], "succeeded")

    async def until(self, run_id: str, status: str) -> dict[str, Any]:
        """The run, once it has the status. Raises RuntimeError where it ends otherwise."""
        while True:
            run: dict[str, Any] = (await send("GET", f"{self.base_url}/runs/{run_id}")).json
            if run["status"] == status:
                return run
            if run["status"] in ("failed", "cancelled"):
                raise RuntimeError(f"{run_id} is {run['status']}: {run['error']}")
            await asyncio.sleep(0.02)

    def run_id(self, run: str) -> str:
        return self._run_ids[run]

    async def count(self, workflow: str, status: str, most: int) -> int:
        """How many runs of a workflow have the status, up to about `most`."""
        number, cursor = 0, ""
        while number < most:
            query = f"workflow={workflow}&status={status}&limit=100" + (f"&cursor={cursor}" if cursor else "")
            page = (await send("GET", f"{self.base_url}/runs?{query}")).json
            number += len(page["runs"])
            cursor = page["cursor"]
            if not cursor:
                break
        return number

    def stop(self) -> None:
        self.processes.stop()

    def pids(self) -> list[int]:
        return self.processes.pids()


def _template(folder: Path, variables: dict[str, str]) -> Path:
    workflows = []
    for workflow, steps in WORKFLOWS.items():
        code = folder / "functions" / workflow
        shutil.copytree(Path(__file__).parents[1] / "workflows" / workflow, code)
        shutil.copy(Path(__file__).parents[1] / "peers" / "hit.py", code)
        workflows.append(templates.workflow(workflow, steps, str(code)))
    template = templates.with_workflows(workflows)
    template["Globals"]["Function"]["Environment"]["Variables"] |= variables
    return templates.written(template, folder)
