"""What the model and the real code say of a run, in one form. Called by walk, which compares them."""

import json
from hashlib import sha256
from typing import Any

from interlude.aws import records
from tests.model.stage import Stage
from tests.model.state import State


def of_model(s: State) -> dict[str, Any]:
    run = s.run
    return {
        "run": (run.status, run.pauses, run.execution, _turn(run.retried), _turn(run.failed_at)),
        "steps": [
            (x.turn, x.status, x.runs, x.answer and (x.answer.turn, x.answer.next, x.answer.wait), x.data)
            for x in s.steps
            if x
        ],
        "waits": {
            name: (wait.outcome, wait.by if wait.outcome == "resumed" else "", wait.token, wait.closed)
            for name, wait in s.waits
        },
        "executions": [(e.name, e.state, e.at.turn, e.at.wait, e.token) for e in s.executions],
        "records": sorted(s.records, key=repr),
        "words": sorted(set(s.words)),
    }


def of_stage(stage: Stage) -> dict[str, Any]:
    items, names = stage.items(), _names(stage.run_id)
    run = records.run_of(items["RUN"])
    failed = json.loads(run.failure)["at"]["turn"] if run.failure else 0
    steps = [records.step_of(item) for key, item in sorted(items.items()) if key.startswith("STEP#")]
    waits = [
        (records.wait_of(item), "closed" in item) for key, item in sorted(items.items()) if key.startswith("WAIT#")
    ]
    assert (run.status == "paused") == ("waiting" in items["RUN"])
    assert (run.status in ("succeeded", "failed", "cancelled")) == ("ended_at" in items["RUN"])
    return {
        "run": (run.status, run.pauses, names[run.execution.rsplit(":", 1)[1]], _turn(run.retried), failed),
        "steps": [
            (x.turn, x.status, x.runs, x.answer and (x.answer.turn, x.answer.next, x.answer.wait), _data(x))
            for x in steps
        ],
        "waits": {
            x.wait: (x.outcome or "", json.loads(x.request.text)["body"] if x.request else "", x.task_token, closed)
            for x, closed in waits
        },
        "executions": [(names[e.name], e.state, e.at["turn"], e.at["wait"], e.token) for e in stage.executions],
        "records": sorted({of_record(record) for record in stage.records}, key=repr),
        "words": sorted(set(stage.words)),
    }


def of_record(record: dict[str, Any]) -> tuple[Any, ...]:
    """A record of the stream, as the model has it."""
    image = record["dynamodb"]["NewImage"]
    if "stopped" in image:
        return ("stop",)
    if "retried_at" in image:
        return ("retry", int(image["sk"]["S"].removeprefix("RETRY#")))
    return ("wake", image["task_token"]["S"], image["outcome"]["S"])


def _data(x: Any) -> str:
    """Whose request a step has: of the wait that it ended in, or, as it says itself, of the one that it came from."""
    if x.resume_data:
        return str(json.loads(x.resume_data.text)["body"])
    return "" if x.pause and x.status == "succeeded" else str(json.loads(x.exports.text).get("given", ""))


def _turn(at: Any) -> int:
    return at.turn if at else 0


def _names(run_id: str) -> dict[str, str]:
    """What the model calls the executions of a run."""
    turns = range(1, 40)
    retried = {sha256(f"{run_id}.retry.{turn}".encode()).hexdigest(): f"retry {turn}" for turn in turns}
    rolled = {sha256(f"{run_id}.{turn}".encode()).hexdigest(): f"roll {turn}" for turn in turns}
    return {run_id: "first", **retried, **rolled}
