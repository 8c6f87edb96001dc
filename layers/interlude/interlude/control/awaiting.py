"""Waits for the response that a run gives the caller of its hook."""

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
    """The response as `responses.checked` stores it, or None; and the run's status, which stays paused after the first
    pause.
    """

    response: dict[str, Any] | None
    status: RunStatus


def response_of(run_id: str, seconds: float) -> Heard | None:
    """Returns when the run has responded, paused or ended, or after `seconds`.

    None if the caller can't wait: too many others do, or AWS is busy. That must not be an error: the run has begun, and
    a sender that gets an error would start another one.
    """
    try:
        with waiting_slots.slot() as may_wait:
            if not may_wait:
                return None
            return _await(run_id, seconds)
    except Exception as error:
        if not is_busy(error):
            raise
        logs.write(f"could not wait for the response: {type(error).__name__}: {error}", "WARNING")
        return None


def _await(run_id: str, seconds: float) -> Heard:
    started = clock.elapsed_ms()
    gap_ms = float(FIRST_LOOK_MS)
    while True:
        heard = _look(run_id)
        if heard.response:
            return heard
        if heard.status != "running":
            return _look(run_id)  # once more: a look does not read its two items at the same moment
        left_ms = seconds * 1000 - clock.elapsed_ms(started)
        if left_ms <= 0:
            return heard
        time.sleep(min(gap_ms, left_ms) / 1000)
        gap_ms = min(gap_ms * 1.5, LONGEST_GAP_MS)


def _look(run_id: str) -> Heard:
    run, response = reply.look(run_id)
    status: RunStatus = run.status if run else "running"
    if run and run.pauses:
        # A run that has paused, however briefly, can't respond any more: see responses.give.
        status = "paused"
    return Heard(payloads.get(response), status)
