"""Between the records of `models` and the items of the table.

    RUN#<run_id>   RUN              what a run is, and how it stands
    RUN#<run_id>   STEP#<index>     a step and its last run's answer
    RUN#<run_id>   WAIT#<wait>      who ended a wait, and with which request; the task token until then
    RUN#<run_id>   RESPONSE         what the caller of the hook is answered
    RUN#<run_id>   RETRY#<turn>     that the run was retried, and when

Attributes with a user's values hold a map: `text`, or the `key` of an object in S3. Called by the store, and by
`wakeups` for the items in the table's stream.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from interlude import clock
from interlude.models import Cursor, Mark, Pause, Run, Step, StepError, Stored, Wait, known

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


KEPT_DAYS_BEFORE = 400
"""How long data was kept by the versions whose state Begin did not say so."""

Item = dict[str, Any]
"""An item in DynamoDB's own notation, attribute by attribute `{"S": …}`."""


def text(value: str) -> "AttributeValueTypeDef":
    # Lone surrogates, which a user's text may hold, can't be stored.
    return {"S": value.encode("utf-8", "backslashreplace").decode()}


def number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}


def document(value: Any) -> "AttributeValueTypeDef":
    """A small record of ours as JSON text."""
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
    retried = _document(item, "retried")
    return Run(
        run_id=_text(item, "run_id"),
        workflow=_text(item, "workflow"),
        status=cast(Any, _text(item, "status")),
        started_at=_text(item, "started_at"),
        execution=_text(item, "execution"),
        url_key=_text(item, "url_key"),
        steps=_text(item, "steps"),
        # Begin writes the input as Step Functions has it: plain text.
        trigger=Stored(text=_text(item, "trigger")),
        pauses=_number(item, "pauses"),
        credits=_number(item, "credits"),
        ended_at=_text(item, "ended_at"),
        exit_reason=_text(item, "exit_reason"),
        failure=_text(item, "failure"),
        options=_text(item, "options"),
        retried=known(Cursor, retried) if retried else None,
        kept_until=_number(item, "kept_until") or _kept_at_first(item),
    )


def _kept_at_first(item: Item) -> int:
    """Until when the data of a run is kept that nothing has renewed: none of it is older than the run."""
    started_s = clock.from_iso(_text(item, "started_at")) // 1000 if "started_at" in item else 0
    return started_s + (_number(item, "kept_days") or KEPT_DAYS_BEFORE) * clock.DAY_S


def step_of(item: Item) -> Step:
    answer, pause, error = _document(item, "answer"), _document(item, "pause"), _document(item, "error")
    failed_at = _document(item, "failed_at")
    return Step(
        index=_number(item, "index"),
        name=_text(item, "name"),
        status=cast(Any, _text(item, "status")),
        runs=_number(item, "runs"),
        turn=_number(item, "turn"),
        answer=known(Cursor, answer) if answer else None,
        started_at=_text(item, "started_at"),
        ended_at=_text(item, "ended_at"),
        compute_ms=_number(item, "compute_ms"),
        segment_ms=_number(item, "segment_ms"),
        exports=_stored(item, "exports") or Stored(text="{}"),
        context=_stored(item, "context") or Stored(text="null"),
        next_context=_stored(item, "next_context"),
        resume_data=_stored(item, "resume_data"),
        pause=known(Pause, pause) if pause else None,
        error=known(StepError, error) if error else None,
        failed_at=known(Cursor, failed_at) if failed_at else None,
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
    mark = _document(item, "mark")
    return Wait(
        wait=_text(item, "sk").removeprefix("WAIT#"),
        task_token=_text(item, "task_token"),
        outcome=cast(Any, _text(item, "outcome") or None),
        outcome_at=_text(item, "outcome_at"),
        request=_stored(item, "callback"),
        mark=known(Mark, mark) if mark else None,
    )


def response_of(item: Item) -> Stored | None:
    return _stored(item, "response")


def _text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _document(item: Item, name: str) -> Any:
    return json.loads(item[name]["S"]) if name in item else None


def _stored(item: Item, name: str) -> Stored | None:
    if name not in item:
        return None
    value = item[name]["M"]
    if "key" in value:
        return Stored(key=value["key"]["S"], size=int(value["size"]["N"]))
    return Stored(text=value["text"]["S"])
