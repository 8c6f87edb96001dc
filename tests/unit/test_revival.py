"""interlude.control.revival: where a run goes on, by what its last turn has left behind."""

from dataclasses import replace

import pytest

from interlude.control import revival
from interlude.models import Cursor, Pause, Step, Stored

AT = Cursor(2, 3, 7, "park", "", 60, "1.1", 500, "1", retries=1, failures=1, files="f")
"""The turn that failed: the second run of a step, which an auto-retry has made its third attempt."""
STEP = Step(2, "work", "failed", 3, 7, None, "", "", 1, 1, Stored("{}"), Stored("null"))
LATER = "1800000000"


@pytest.fixture(autouse=True)
def at_one_time(as_step: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revival.clock, "now_ms", lambda: 1_797_408_000_000)


def paused(kind: str, **more: object) -> Step:
    """The step in the wait that the failed turn came from, which is not parked and has lasted long enough."""
    pause = Pause("2.3", kind, "", "2020-01-01T00:00:00.000Z", parked=False, on_timeout="resume", **more)  # type: ignore[arg-type]
    return replace(STEP, status="paused", turn=6, pause=pause)


FROM_OWN_WAIT = replace(AT, wait="2.3")

CASES = {
    "it died in its first attempt, which left nothing": (AT, None, (2, 4, "1.1", 2, "f")),
    "it failed, and the failure is stored": (
        AT,
        replace(STEP, failed_at=replace(AT, wait="2.2")),
        (2, 4, "2.2", 2, "f"),
    ),
    "it failed before, and died now": (AT, replace(STEP, turn=6, failed_at=replace(AT, turn=6)), (2, 4, "1.1", 2, "f")),
    "its answer is stored, and got lost": (
        AT,
        replace(STEP, status="succeeded", answer=replace(AT, index=3, run=1, turn=8, wait="", retries=0)),
        (3, 1, "", 0, "f"),
    ),
    "it died while a suspend was settled": (FROM_OWN_WAIT, paused("suspend"), (2, 3, "2.3", 1, "f")),
    "it died while a delay was settled": (FROM_OWN_WAIT, paused("delay"), (2, 3, "2.3", 1, "f")),
    "it died in the run after a rerun": (FROM_OWN_WAIT, paused("rerun"), (2, 5, "2.3", 2, "f")),
    "it died in an auto-retry": (replace(AT, wait="2.3r"), paused("retry", origin="2.1"), (2, 5, "2.1", 3, "f")),
}


@pytest.mark.parametrize(("at", "step", "expected"), CASES.values(), ids=CASES)
def test_a_run_goes_on_where_nothing_is_lost_or_done_twice(
    at: Cursor, step: Step | None, expected: tuple[int, int, str, int, str]
):
    """Step, attempt, the wait it comes from, how many attempts the user does not count, files."""
    found = revival._next("run-1", at, step)

    assert (found.index, found.run, found.wait, found.retries, found.files) == expected
    assert (found.next, found.after, found.seconds, found.failures, found.segment_ms) == ("continue", "", 0, 0, 0)
    assert found.turn > max(at.turn, step.turn if step else 0)
    assert found.expires_at == LATER


def test_a_rerun_whose_time_is_not_up_waits_on(monkeypatch: pytest.MonkeyPatch):
    """No attempt has been begun, so that there is none to be made again."""
    monkeypatch.setattr(revival.clock, "now_ms", lambda: 1_577_836_799_000)

    found = revival._next("run-1", FROM_OWN_WAIT, paused("rerun"))

    assert (found.run, found.retries, found.wait) == (3, 1, "2.3")
