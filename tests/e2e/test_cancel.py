"""Cancelling: by a wait's cancel link, and by stopping a run whatever it is doing."""

from typing import Any

import httpx
import pytest

from tests.waiting import eventually

from .client import Interlude, Run, step
from .services.process import Service


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_any_method_cancels(approval: Run, method: str) -> None:
    """A request with any method to cancel_url ends the run as cancelled."""
    answer = approval.cancel(method)

    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["first"]) == ("cancelled", True)
    run = approval.until("cancelled")
    assert run["ended_at"] is not None
    assert (run["wait"], run["error"]) == (None, None)


def test_later_steps_of_a_cancelled_run_never_run(approval: Run) -> None:
    """The step after the cancelled wait has not run, and does not."""
    approval.cancel()

    run = approval.until("cancelled")

    assert [(each["name"], each["status"], each["runs"]) for each in run["steps"]] == [
        ("ask", "cancelled", 1),
        ("publish", "pending", 0),
    ]
    assert "$resume_data" not in step(run, "ask")["exports"]


def test_a_delay_can_be_cancelled(own_steps: Interlude) -> None:
    """The cancel link of a delay ends the run."""
    run = own_steps.start("pausing", {"scene": "delay_and_keep_the_links", "ms": 600_000})

    assert run.cancel().json()["outcome"] == "cancelled"

    assert step(run.until("cancelled"), "witness")["runs"] == 0


def test_a_rerun_can_be_cancelled(own_steps: Interlude) -> None:
    """The cancel link of a rerun ends the run: the step does not run again."""
    run = own_steps.start("rerunning", {"scene": "keep_the_links", "ms": 600_000, "max_retries": 3})

    assert run.cancel().json()["outcome"] == "cancelled"

    assert [each["runs"] for each in run.until("cancelled")["steps"]] == [1, 0]


def test_a_service_may_cancel_while_the_step_is_still_running(own_steps: Interlude, service: Service) -> None:
    """A cancel that another process sends before the step has ended ends the run."""
    run = own_steps.start(
        "pausing",
        {"scene": "suspend_while_a_service_has_the_links", "service_url": service.cancel_at_once("cancel")},
    )

    ended = run.end()

    assert ended["status"] == "cancelled"
    assert step(ended, "witness")["runs"] == 0
    # The run may be over before the service has read its answer.
    answer = eventually(lambda: service.answer("cancel"), bool, "the answer to the service")
    assert (answer["status"], answer["body"]["outcome"]) == (200, "cancelled")


def test_a_parked_run_can_be_stopped(approval: Run) -> None:
    """POST /runs/{run_id}/cancel ends a run that waits for a link, and the link is gone with it."""
    links = approval.links()

    answer = approval.stop()

    assert (answer.status_code, answer.json()) == (200, {"run_id": approval.id, "status": "cancelled"})
    assert approval.get()["status"] == "cancelled"
    assert approval.interlude.public.post(links["resume_url"]).status_code == 410


def test_a_delayed_run_can_be_stopped(own_steps: Interlude) -> None:
    """POST /runs/{run_id}/cancel ends a run in a delay whose links nobody kept."""
    run = own_steps.start("pausing", {"scene": "delay_and_drop_the_links", "ms": 600_000})
    run.until("paused")

    assert run.stop().status_code == 200

    assert step(run.until("cancelled"), "witness")["runs"] == 0


def test_a_running_run_can_be_stopped(own_steps: Interlude) -> None:
    """POST /runs/{run_id}/cancel ends a run in the middle of a step; later steps never run."""
    run = own_steps.start("dying", {"scene": "by_its_timeout"})
    run.wait_until(lambda seen: step(seen, "die")["status"] == "running", "running")

    assert run.stop().status_code == 200

    assert run.get()["status"] == "cancelled"
    assert step(run.get(), "never")["runs"] == 0


def test_a_run_that_has_ended_cannot_be_stopped(interlude: Interlude) -> None:
    """POST /runs/{run_id}/cancel of a run that has ended is told so, and changes nothing."""
    run = interlude.start("counter", {"delay_ms": 0, "max_retries": 0})
    before = run.until("succeeded")

    answer = run.stop()

    assert answer.status_code == 410
    assert f"succeeded at {before['ended_at']}" in answer.json()["error"]
    assert run.get() == before


def test_a_second_stop_is_told_that_the_run_is_over(approval: Run) -> None:
    """Who stops a run that is cancelled already is told when that was."""
    approval.stop()
    ended_at = approval.get()["ended_at"]

    answer = approval.stop()

    assert answer.status_code == 410
    assert f"cancelled at {ended_at}" in answer.json()["error"]


def test_an_unknown_run_cannot_be_stopped(interlude: Interlude) -> None:
    """POST /runs/{run_id}/cancel of a run that never was is 404."""
    answer = interlude.signed.post("/runs/approval-000000000000-0000000000000000/cancel")

    assert answer.status_code == 404
    assert "'approval-000000000000-0000000000000000'" in answer.json()["error"]


def many(interlude: Interlude, **asked: Any) -> httpx.Response:
    return interlude.signed.post("/runs/cancel", json=asked)


def test_many_runs_are_cancelled_by_a_filter(interlude: Interlude) -> None:
    """A dry run tells which; then the same request without it cancels them, and a third time there is nothing left."""
    runs = [interlude.start("approval", {"document": f"Plan {number}"}) for number in range(3)]
    began = min(run.until("paused")["started_at"] for run in runs)
    asked = {"workflow": "approval", "status": "paused", "started_after": began}

    dry = many(interlude, **asked, dry_run=True).json()
    still = [run.get()["status"] for run in runs]
    done = many(interlude, **asked, dry_run=False).json()
    again = many(interlude, **asked, dry_run=False).json()

    ids = {run.id for run in runs}
    nothing = {"cancelled": 0, "ended": 0, "failed": [], "cursor": None}
    assert {**dry, "run_ids": set(dry["run_ids"])} == {**nothing, "dry_run": True, "matched": 3, "run_ids": ids}
    assert still == ["paused"] * 3
    assert (done["dry_run"], done["matched"], done["cancelled"]) == (False, 3, 3)
    assert [run.get()["status"] for run in runs] == ["cancelled"] * 3
    assert again == {**nothing, "dry_run": False, "matched": 0, "run_ids": []}


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({"workflow": "approval"}, 400, "dry_run: Field required"),
        ({"dry_run": True}, 400, "workflow: Field required"),
        ({"workflow": "approval", "dry_run": "no"}, 400, "dry_run: Input should be a valid boolean"),
        ({"workflow": "approval", "dry_run": True, "status": "failed"}, 400, "status: Input should be 'running' or"),
        ({"workflow": "approval", "dry_run": True, "runs": []}, 400, "runs: Extra inputs are not permitted"),
        ({"workflow": "approval", "dry_run": True, "started_after": "2026-11-01T00:00"}, 400, "started_after is '2026"),
        (
            {"workflow": "approval", "dry_run": True, "started_after": "2026-11-01T00:00:00Z\0"},
            400,
            "started_after is '2026-11-01T00:00:00Z\\x00'; it must",
        ),
        (
            {
                "workflow": "approval",
                "dry_run": True,
                "started_after": "2026-11-01T01:00:00+01:00",
                "started_before": "2026-11-01T00:00:00Z",
            },
            422,
            "started_after is 2026-11-01T00:00:00.000Z and started_before is 2026-11-01T00:00:00.000Z; the first must",
        ),
        ({"workflow": "approval", "dry_run": True, "started_before": "soon"}, 400, "started_before is 'soon'; it must"),
        (
            {"workflow": "approval", "dry_run": True, "started_before": "0001-01-01T00:00:00+14:00"},
            400,
            "started_before is '0001",
        ),
        ({"workflow": "approval", "dry_run": True, "cursor": "x"}, 400, "cursor is 'x'; it must be one that"),
        ({"workflow": "nobody", "dry_run": True}, 404, "Workflow 'nobody' does not exist."),
    ],
)
def test_a_request_that_is_not_clear_cancels_nothing(
    interlude: Interlude, asked: dict[str, Any], status: int, sentence: str
) -> None:
    """One sentence names what is wrong."""
    answer = many(interlude, **asked)

    assert answer.status_code == status, answer.text
    assert answer.json()["error"].startswith(sentence), answer.text
