"""Waits for what a run answers the caller of its hook. Called by the API."""

import time
from dataclasses import dataclass
from typing import Any

from interlude import clock, logs
from interlude.aws.busy import is_busy
from interlude.control import waiting_slots
from interlude.models import RunStatus
from interlude.run import payloads, reply

MAX_S = 25
"""The API's function has 29 s, and API Gateway gives it 30."""

FIRST_LOOK_MS = 40
LONGEST_GAP_MS = 500


@dataclass(frozen=True, slots=True)
class Heard:
    """What `pd.respond` was given, as `responses.checked` keeps it, or None; and how the run stands: paused also where
    it has gone on since.
    """

    response: dict[str, Any] | None
    status: RunStatus


def response_of(run_id: str, seconds: float) -> Heard | None:
    """Comes back when the run has answered, paused or ended, or after so many seconds.

    None where the caller can't wait: enough others do, or AWS is busy. The run has begun, so this is no error: a sender
    that gets one starts another run.
    """
    try:
        with waiting_slots.slot() as may_wait:
            return _await(run_id, seconds) if may_wait else None
    except Exception as error:
        if not is_busy(error):
            raise
        logs.write(f"could not wait for the response: {type(error).__name__}: {error}", "WARNING")
        return None


def _await(run_id: str, seconds: float) -> Heard:
    started, gap_ms = clock.elapsed_ms(), float(FIRST_LOOK_MS)
    while True:
        heard = _look(run_id)
        if heard.response:
            return heard
        if heard.status != "running":
            return _look(run_id)  # the two items of a look are not read at one time
        left_ms = seconds * 1000 - clock.elapsed_ms(started)
        if left_ms <= 0:
            return heard
        time.sleep(min(gap_ms, left_ms) / 1000)
        gap_ms = min(gap_ms * 1.5, LONGEST_GAP_MS)


def _look(run_id: str) -> Heard:
    run, response = reply.look(run_id)
    # A run that has paused, however shortly, does not respond any more: see responses.give.
    status = "paused" if run and run.pauses else run.status if run else "running"
    return Heard(payloads.get(response), status)
