"""Converts between the records of `models` and the items of the table.

    RUN#<run_id>   RUN              a run and its status
    RUN#<run_id>   STEP#<index>     a step and the answer of its last run
    RUN#<run_id>   WAIT#<wait>      the task token of a wait; how it ended, and the request that ended it
    RUN#<run_id>   RESPONSE         the response for the caller of the hook
    RUN#<run_id>   RETRY#<turn>     that the run was retried, and when

Attributes for a user's values hold a map with the `text`, or with the `key` of an object in S3.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from interlude import clock
from interlude.models import Cursor, Mark, Pause, R, Run, Step, StepError, Stored, Wait, known

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


KEPT_DAYS_BEFORE = 400
"""How long data was kept by older versions, whose state Begin did not store it."""

Item = dict[str, Any]
"""An item in DynamoDB's own notation, each attribute as `{"S": …}`."""


def text(value: str) -> "AttributeValueTypeDef":
    # A user's text may have lone surrogates, which can't be stored.
    return {"S": value.encode("utf-8", "backslashreplace").decode()}


def number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}


def document(value: Any) -> "AttributeValueTypeDef":
    """A small record as JSON text."""
    return text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def stored(value: Stored) -> "AttributeValueTypeDef":
    if value.key:
        return {"M": {"key": text(value.key), "size": number(value.size)}}
    return {"M": {"text": text(value.text)}}


def key(run_id: str, sort_key: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": text(f"RUN#{run_id}"), "sk": text(sort_key)}


def step_key(index: int) -> str:
    return f"STEP#{index:04d}"


def wait_key(wait: str) -> str:
    return f"WAIT#{wait}"


def run_of(item: Item) -> Run:
    return Run(
        run_id=_text(item, "run_id"),
        workflow=_text(item, "workflow"),
        status=cast(Any, _text(item, "status")),
        started_at=_text(item, "started_at"),
        execution=_text(item, "execution"),
        url_key=_text(item, "url_key"),
        steps=_text(item, "steps"),
        # Not a map: Begin writes the execution's input, which is plain text.
        trigger=Stored(text=_text(item, "trigger")),
        pauses=_number(item, "pauses"),
        credits=_number(item, "credits"),
        ended_at=_text(item, "ended_at"),
        exit_reason=_text(item, "exit_reason"),
        failure=_text(item, "failure"),
        options=_text(item, "options"),
        retried=_record(Cursor, item, "retried"),
        kept_until=_number(item, "kept_until") or _kept_at_first(item),
    )


def _kept_at_first(item: Item) -> int:
    """Until when the data of a run is kept that was never renewed: none of it is older than the run."""
    started_s = 0
    if "started_at" in item:
        started_s = clock.from_iso(_text(item, "started_at")) // 1000
    return started_s + (_number(item, "kept_days") or KEPT_DAYS_BEFORE) * clock.DAY_S


def step_of(item: Item) -> Step:
    return Step(
        index=_number(item, "index"),
        name=_text(item, "name"),
        status=cast(Any, _text(item, "status")),
        runs=_number(item, "runs"),
        turn=_number(item, "turn"),
        answer=_record(Cursor, item, "answer"),
        started_at=_text(item, "started_at"),
        ended_at=_text(item, "ended_at"),
        compute_ms=_number(item, "compute_ms"),
        segment_ms=_number(item, "segment_ms"),
        exports=_stored(item, "exports") or Stored(text="{}"),
        context=_stored(item, "context") or Stored(text="null"),
        next_context=_stored(item, "next_context"),
        resume_data=_stored(item, "resume_data"),
        pause=_record(Pause, item, "pause"),
        error=_record(StepError, item, "error"),
        failed_at=_record(Cursor, item, "failed_at"),
    )


def step_item(run_id: str, step: Step, expires_at: int) -> Item:
    item: Item = {
        **key(run_id, step_key(step.index)),
        "index": number(step.index),
        "name": text(step.name),
        "status": text(step.status),
        "runs": number(step.runs),
        "turn": number(step.turn),
        "started_at": text(step.started_at),
        "ended_at": text(step.ended_at),
        "compute_ms": number(step.compute_ms),
        "segment_ms": number(step.segment_ms),
        "exports": stored(step.exports),
        "context": stored(step.context),
        "expires_at": number(expires_at),
    }
    for name in ("answer", "pause", "error", "failed_at"):
        if record := getattr(step, name):
            item[name] = document(asdict(record))
    for name, value in (("next_context", step.next_context), ("resume_data", step.resume_data)):
        if value:
            item[name] = stored(value)
    return item


def wait_of(item: Item) -> Wait:
    return Wait(
        wait=_text(item, "sk").removeprefix("WAIT#"),
        task_token=_text(item, "task_token"),
        outcome=cast(Any, _text(item, "outcome") or None),
        outcome_at=_text(item, "outcome_at"),
        request=_stored(item, "callback"),
        mark=_record(Mark, item, "mark"),
    )


def response_of(item: Item) -> Stored | None:
    return _stored(item, "response")


def _text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _record(kind: type[R], item: Item, name: str) -> R | None:
    if name not in item:
        return None
    return known(kind, json.loads(item[name]["S"]))


def _stored(item: Item, name: str) -> Stored | None:
    if name not in item:
        return None
    value = item[name]["M"]
    if "key" in value:
        return Stored(key=value["key"]["S"], size=int(value["size"]["N"]))
    return Stored(text=value["text"]["S"])
