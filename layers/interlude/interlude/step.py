"""The entry point of every step's function, for the state Run step and for test mode."""

import interlude.standard_library  # noqa: F401  # first: what follows imports the standard library

# isort: split

import os
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from interlude import logs
from interlude.aws.clients import client
from interlude.models import Call
from interlude.pd import process, usercode
from interlude.settings import settings
from interlude.tmp import files


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Returns the next cursor to the state machine, or the result of a test."""
    try:
        if "test" in event:
            return _test(event, context)
        return _turn(event, context)
    finally:
        logs.flush()


def _test(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from interlude.turns import trial

    logs.begin(context, workflow=event["workflow"], step=event["step"], test=True)
    return trial.run(event["workflow"], event["step"], event["test"])


def _turn(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from interlude.turns import turn
    from interlude.turns.ending import StepFailed

    call = Call.parse(event)
    about = {"run_id": call.run_id, "workflow": call.workflow, "step": call.step}
    logs.begin(context, **about, attempt=call.at.run, turn=call.at.turn)
    try:
        cursor = turn.answer(call, getattr(context, "get_remaining_time_in_millis", lambda: 0))
        # Makes every invocation of a run findable by the run's id, even if the step prints nothing.
        timer = f" {cursor.seconds} s" if cursor.seconds else ""
        logs.write(f"next: {cursor.next}{timer}")
        return asdict(cursor)
    except StepFailed as failed:
        error = failed.error
    # Under the user's own error name, which the console, the metrics and the state machine then show.
    raise type(error.type, (Exception,), {"__module__": "builtins"})(error.message)


def _warm_up() -> None:
    """Imports the step and creates the client while the environment starts, when Lambda gives the most CPU."""
    from interlude.turns import turn  # noqa: F401

    logs.install()
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        _seed_after_restore()
    # Before the step's file is imported: its changes to the environment must not affect Interlude's own requests.
    process.begin()
    client("dynamodb")
    # The same error comes up again when the step is called, and then its run fails with it.
    with suppress(BaseException):
        files.begin()
        usercode.ready(settings().step)


def _seed_after_restore() -> None:
    """Environments that start from one snapshot would all draw the same random numbers."""
    import random

    from snapshot_restore_py import register_after_restore

    register_after_restore(random.seed)


if os.environ.get("STEP"):
    _warm_up()
