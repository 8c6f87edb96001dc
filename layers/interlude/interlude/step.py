"""The entry point of every step's function: the state Run step calls it, and so does test mode."""

import interlude.standard_library  # noqa: F401  # first: what follows imports the standard library

# isort: split

import os
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from interlude.aws.clients import client
from interlude.models import Call
from interlude.pd import usercode
from interlude.settings import settings
from interlude.tmp import files


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answers the state machine with the next cursor, or a test with its result."""
    if "test" in event:
        from interlude.turns import trial

        return trial.run(event["workflow"], event["step"], event["test"])
    from interlude.turns import turn
    from interlude.turns.ending import StepFailed

    try:
        return asdict(turn.answer(Call.parse(event)))
    except StepFailed as failed:
        error = failed.error
    # Under the user's own error name, so that the console, the metrics and the state machine show it.
    raise type(error.type, (Exception,), {"__module__": "builtins"})(error.message)


def _warm_up() -> None:
    """Imports the step and makes the client while the environment starts, when Lambda gives the most CPU."""
    from interlude.turns import turn  # noqa: F401

    client("dynamodb")
    # An error is told when the step is called, so that its run can fail with it.
    with suppress(BaseException):
        files.begin()
        usercode.ready(settings().step)


if os.environ.get("STEP"):
    _warm_up()
