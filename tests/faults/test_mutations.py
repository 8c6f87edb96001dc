"""The suite finds what it is for: with one condition of the product gone, a promise is broken and told."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

import pytest

from interlude.control import wakeups
from interlude.models import Mark, Run, Wait
from interlude.run import store
from tests.faults.running import Suite
from tests.faults.schedule import Bounds

MOST = 150
"""Schedules that are tried until one breaks."""

FROM_TURN = "(attribute_not_exists(from_turn) OR from_turn <= :turn)"


@contextmanager
def _cancel_in_two_writes() -> Iterator[None]:
    def claim_cancel(run_id: str, name: str, mark: Mark | None = None) -> tuple[bool, Wait]:
        first, wait = store.claim(run_id, name, "cancelled", mark=mark)
        if first:
            store.cancel(run_id)
        return first, wait

    with patch.object(store, "claim_cancel", claim_cancel):
        yield


def _no_twin(run: Run, turn: int, go_on: Callable[[Run, int], bool] = store.go_on) -> bool:
    go_on(run, turn)
    return True


CONDITIONS = {
    "the first request ends a wait": ('"attribute_not_exists(outcome)"', "resume x cancel", "1: the outcome of"),
    "a key starts one run": ("attribute_not_exists(pk) OR expires_at <= :now", "hook x hook with one key", "2: "),
    "a turn is stored once": ("attribute_not_exists(turn) OR turn < :turn", "step x step, settling", ""),
    "a turn before the retry counts no more": (FROM_TURN, "retry x lost function", ""),
    "Park finds a stop": ("attribute_not_exists(closed)", "stop x roll over x stream", "its execution waits on"),
    "only an active run can be changed": ("#status IN (:running, :paused)", "stop x settle", ""),
    "one failure is retried once": ("#status = :failed AND ended_at = :ended_at", "retry x retry", ""),
}
