"""Mails about failed runs: at most one in 24 hours for each workflow and error type.

    NOTICE#<workflow>   <error type>   the run that claimed the notice, when it was sent, how many runs had no mail

Safe to call again for the same run: a mail that could not be sent is tried again.
"""

from contextlib import suppress

from interlude import clock
from interlude.aws import mail, table
from interlude.aws.records import Item, number, text
from interlude.aws.table import Lost
from interlude.models import Run, StepError
from interlude.settings import settings

EVERY_S = clock.DAY_S
LEASE_S = 120
"""A claim without a mail is void after this time: its function has died. Longer than the function Failures may run."""
MESSAGE = 1_000
"""Characters of an error's message in the mail. The run has the whole message."""


def send(run: Run, step: str, error: StepError) -> None:
    """Mails that a run has failed, unless a mail about such an error was sent in the last 24 hours.

    A run claims the notice first: of many runs that fail together, one sends the mail. The claim is confirmed only once
    the mail is sent: two mails are better than none.
    """
    if not settings().notify_address:
        return
    key = {"pk": text(f"NOTICE#{run.workflow}"), "sk": text(error.type[:200] or "Error")}
    try:
        silent = _claim(key, run.run_id)
    except Lost:
        _count(key, run.run_id)
        return
    mail.send(subject=_line(f"{run.workflow} failed: {error.type}"), text=_body(run, step, error, silent), html="")
    _sent(key, run.run_id, silent)


def _claim(key: Item, run_id: str) -> int:
    """How many such runs had no mail since the last one. Raises Lost if this run has none either."""
    now = clock.now_ms() // 1000
    claimed = table.update(
        key,
        UpdateExpression="SET run_id = :run_id, claimed_at = :now, expires_at = :expires_at REMOVE sent_at",
        # TTL deletes up to some days late, so the condition checks the age.
        ConditionExpression="attribute_not_exists(pk) OR claimed_at <= :day_ago"
        " OR (attribute_not_exists(sent_at) AND (run_id = :run_id OR claimed_at <= :lease_ago))",
        ExpressionAttributeValues={
            ":run_id": text(run_id),
            ":now": number(now),
            ":day_ago": number(now - EVERY_S),
            ":lease_ago": number(now - LEASE_S),
            ":expires_at": number(now + settings().retention_days * clock.DAY_S + EVERY_S),
        },
        ReturnValues="ALL_NEW",
    )
    if "silent" not in claimed:
        return 0
    return int(claimed["silent"]["N"])


def _sent(key: Item, run_id: str, reported: int) -> None:
    # After this run's lease another run may have claimed the notice: then that run confirms it.
    with suppress(Lost):
        table.update(
            key,
            UpdateExpression="SET sent_at = :now ADD silent :reported",
            ConditionExpression="run_id = :run_id",
            ExpressionAttributeValues={
                ":run_id": text(run_id),
                ":now": number(clock.now_ms() // 1000),
                ":reported": number(-reported),
            },
        )


def _count(key: Item, run_id: str) -> None:
    """Counts a run without a mail, unless the mail was about this run, or this run was counted last."""
    with suppress(Lost):
        table.update(
            key,
            UpdateExpression="SET counted = :run_id ADD silent :one",
            ConditionExpression="run_id <> :run_id AND (attribute_not_exists(counted) OR counted <> :run_id)",
            ExpressionAttributeValues={":run_id": text(run_id), ":one": number(1)},
        )


def _body(run: Run, step: str, error: StepError, silent: int) -> str:
    message = error.message
    if len(message) > MESSAGE:
        message = f"{message[: MESSAGE - 1]}…"
    more = ""
    if silent:
        more = f"Failures of this type that were not mailed since the last mail: {silent}.\n"
    return (
        f"The workflow {run.workflow} failed at its step {step}.\n\n"
        f"{error.type}: {message}\n\n"
        f"When: {run.ended_at}\n"
        f"Run:  {run.run_id}\n"
        f"      {settings().base_url}/runs/{run.run_id}\n\n"
        f"{more}"
        f"Further failures of this type in this workflow are not mailed for 24 hours.\n"
    )


def _line(subject: str) -> str:
    return " ".join(subject.split())[:200]
