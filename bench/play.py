"""Plays a run in one process: python -m bench.play <experiment as JSON>. Started by figures.playing.

It does what the state machine does between the calls of a step: Begin, Run step, Route. Time waits for nothing here, so
that only the steps are measured; DynamoDB and S3 are another process, which is not measured.
"""

import json
import sys
import time
from typing import Any

import botocore.session

import interlude.step
from interlude import clock
from interlude.aws.clients import client

_STARTED_AT = clock.iso(clock.now_ms())
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:interlude-bench:run"

calls: list[str] = []


def main(experiment: dict[str, Any]) -> list[dict[str, Any]]:
    for service in ("dynamodb", "s3"):
        client(service).meta.events.register(f"request-created.{service}", _note)
    if "bare" in experiment:
        # One as anybody has it: Interlude's own knows only the requests that it makes.
        dynamodb = botocore.session.get_session().create_client("dynamodb")
        dynamodb.meta.events.register("request-created.dynamodb", _note)
        return [_bare(dynamodb, experiment["table"], number) for number in range(experiment["bare"])]
    warm_up = {"steps": ["plain", "large", "looks", "looks", "plain"], "event": {"bytes": 70_000}}
    _play({**experiment, **warm_up, "run_id": f"{experiment['run_id']}0"})
    return _play(experiment)


def _play(experiment: dict[str, Any]) -> list[dict[str, Any]]:
    run_id, steps = experiment["run_id"], experiment["steps"]
    _begin(experiment)
    at = {
        "index": 0, "run": 1, "turn": 1, "next": "continue", "after": "", "seconds": 0, "wait": "", "segment_ms": 0,
        "expires_at": "0", "retries": 0, "failures": 0, "files": "",
    }  # fmt: skip
    deadline = time.monotonic() + experiment.get("budget_s", 1e9)
    turns = []
    while at["next"] not in ("finish", "cancelled") and time.monotonic() < deadline:
        if at["next"] == "roll":
            at = {**at, "next": at["after"], "after": ""}
            continue
        assert at["next"] == "continue", at
        step = steps[at["index"]]
        call = {"run_id": run_id, "workflow": "bench", "step": step, "step_count": len(steps)}
        begun = _now()
        at = interlude.step.handler(
            {**call, "execution": EXECUTION, "execution_started_at": _STARTED_AT, "at": at}, None
        )
        turns.append({"step": step, **_since(begun)})
    return turns


def _begin(experiment: dict[str, Any]) -> None:
    """What the state Begin writes."""
    run_id = experiment["run_id"]
    text = {
        "pk": f"RUN#{run_id}", "sk": "RUN", "run_id": run_id, "workflow": "bench", "options": "", "status": "running",
        "steps": ",".join(f"{step}=arn" for step in experiment["steps"]), "execution": EXECUTION, "url_key": "k" * 72,
        "started_at": _STARTED_AT, "listed": f"{_STARTED_AT}#{run_id}",
        "trigger": json.dumps({"body": experiment["event"]}),
    }  # fmt: skip
    item: Any = {name: {"S": value} for name, value in text.items()} | {"kept_days": {"N": "800"}}
    client("dynamodb").put_item(TableName=experiment["table"], Item=item)
    calls.clear()


def _bare(dynamodb: Any, table: str, number: int) -> dict[str, Any]:
    """One read and one write of an item, without Interlude: what any step on DynamoDB does at least."""
    begun = _now()
    key: Any = {"pk": {"S": f"BARE#{number}"}, "sk": {"S": "RUN"}}
    dynamodb.get_item(TableName=table, Key=key)
    dynamodb.put_item(TableName=table, Item={**key, "exports": {"S": json.dumps({"step": 1})}})
    return {"step": "bare", **_since(begun)}


def _now() -> tuple[float, float]:
    calls.clear()
    return time.process_time(), time.perf_counter()


def _since(begun: tuple[float, float]) -> dict[str, Any]:
    cpu_s, wall_s = begun
    return {
        "cpu_ms": 1_000 * (time.process_time() - cpu_s),
        "wall_ms": 1_000 * (time.perf_counter() - wall_s),
        "calls": list(calls),
    }


def _note(operation_name: str, **_: Any) -> None:
    calls.append(operation_name)


if __name__ == "__main__":
    output, sys.stdout = sys.stdout, sys.stderr
    json.dump(main(json.loads(sys.argv[1])), output)
