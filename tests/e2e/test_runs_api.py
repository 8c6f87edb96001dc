"""The API for programs: workflows, runs, starting one."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from .client import Interlude, Run

FIELDS = {
    "run_id", "workflow", "status", "started_at", "ended_at", "exit_reason", "error", "trigger", "steps", "wait",
    "credits", "compute_ms",
}  # fmt: skip


def list_runs(interlude: Interlude, **query: Any) -> dict[str, Any]:
    return interlude.signed.get("/runs", params=query).raise_for_status().json()


def test_workflows_tell_their_steps_in_order(interlude: Interlude) -> None:
    """GET /workflows answers name, steps, options, hook_url and error of each workflow."""
    told = {each["name"]: each["steps"] for each in interlude.workflows()}

    assert told["approval"] == ["ask", "publish"]
    assert told["poll"] == ["wait_for_job", "report"]
    assert told["callback"] == ["start_job", "report"]
    assert told["counter"] == ["count", "report"]
    fields = frozenset({"name", "steps", "options", "hook_url", "error"})
    assert {frozenset(each) for each in interlude.workflows()} == {fields}


def test_a_run_tells_all_about_itself(approval: Run) -> None:
    """GET /runs/{run_id} has every field, for a run that waits."""
    run = approval.get()

    assert set(run) == FIELDS
    assert (run["run_id"], run["workflow"], run["status"]) == (approval.id, "approval", "paused")
    assert (run["ended_at"], run["exit_reason"], run["error"]) == (None, None, None)
    assert set(run["trigger"]) == {"event", "context"}
    assert set(run["wait"]) == {"step", "kind", "since", "until", "resume_url", "cancel_url"}
    for step in run["steps"]:
        assert set(step) == {"name", "status", "runs", "started_at", "ended_at", "context", "error", "exports"}
    assert run["steps"][1] == {
        "name": "publish",
        "status": "pending",
        "runs": 0,
        "started_at": None,
        "ended_at": None,
        "context": None,
        "error": None,
        "exports": {},
    }


def test_the_times_of_a_run_are_in_order(approval: Run) -> None:
    """ISO 8601 in UTC with milliseconds, so that they sort as texts."""
    approval.resume()
    run = approval.until("succeeded")
    ask, publish = run["steps"]

    times = [run["started_at"], ask["started_at"], publish["started_at"], publish["ended_at"], run["ended_at"]]

    assert times == sorted(times)
    assert all(len(time) == 24 and time.endswith("Z") for time in times)


def test_a_run_is_started_with_a_json_event(interlude: Interlude) -> None:
    """POST /workflows/{workflow}/runs takes the event itself, and answers like a hook."""
    event = {"body": {"delay_ms": 0, "max_retries": 1}}

    answer = interlude.signed.post("/workflows/counter/runs", json=event)

    assert answer.status_code == 202
    run = Run(interlude, answer.json()["run_id"]).until("succeeded")
    assert run["trigger"]["event"] == event


@pytest.mark.parametrize("event", [None, 1, "text", [1, 2], {}, {"a": {"b": None}}], ids=repr)
def test_any_json_value_is_an_event(interlude: Interlude, event: Any) -> None:
    """The run's trigger tells it as it was."""
    answer = interlude.signed.post("/workflows/counter/runs", content=json.dumps(event))

    assert Run(interlude, answer.json()["run_id"]).end()["trigger"]["event"] == event


def test_a_start_of_an_unknown_workflow_is_404(interlude: Interlude) -> None:
    """The sentence names it."""
    answer = interlude.signed.post("/workflows/nothing/runs", json={})

    assert answer.status_code == 404
    assert "'nothing'" in answer.json()["error"]


@pytest.mark.parametrize("run_id", ["approval-000000000000-0000000000000000", "x", "nothing-1-2", "approval", "%C3%BC"])
def test_an_unknown_run_is_404(interlude: Interlude, run_id: str) -> None:
    """The sentence names it."""
    answer = interlude.signed.get(f"/runs/{run_id}")

    assert answer.status_code == 404
    assert answer.json()["error"].startswith("Run '")


def test_runs_are_listed_newest_first(interlude: Interlude) -> None:
    """The last one that was started stands on top, with what a list needs to tell."""
    runs = [interlude.start("counter", {"delay_ms": 0, "max_retries": 0}) for _ in range(3)]
    ended = [run.until("succeeded") for run in runs]

    listed = list_runs(interlude, workflow="counter", limit=3)["runs"]

    fields = ("run_id", "workflow", "status", "started_at", "ended_at", "exit_reason")
    newest_first = sorted(ended, key=lambda run: run["started_at"], reverse=True)
    assert listed == [{name: run[name] for name in fields} for run in newest_first]


def test_runs_of_all_workflows_are_listed_together(interlude: Interlude) -> None:
    """Without a filter the newest of all workflows come first."""
    older = interlude.start("counter", {"delay_ms": 0, "max_retries": 0})
    older.until("succeeded")
    newer = interlude.start("approval", {"document": "The plan"})
    newer.until("paused")

    listed = list_runs(interlude, limit=2)["runs"]

    assert [run["run_id"] for run in listed] == [newer.id, older.id]


def test_runs_are_filtered_by_status(interlude: Interlude) -> None:
    """Each status shows the runs that have it, and no others."""
    paused, cancelled = (interlude.start("approval", {"document": name}) for name in ("Waits", "Ends"))
    cancelled.cancel()
    cancelled.until("cancelled")
    paused.until("paused")

    listed = {
        status: list_runs(interlude, workflow="approval", status=status, limit=100)["runs"]
        for status in ("running", "paused", "succeeded", "failed", "cancelled")
    }

    for status, runs in listed.items():
        assert {run["status"] for run in runs} <= {status}
    assert listed["paused"][0]["run_id"] == paused.id
    assert cancelled.id in [run["run_id"] for run in listed["cancelled"]]
    assert cancelled.id not in [run["run_id"] for run in listed["paused"]]
    assert {run["workflow"] for runs in listed.values() for run in runs} == {"approval"}


def test_a_run_that_went_on_is_no_longer_listed_as_paused(approval: Run) -> None:
    """The list of what waits holds what waits."""
    approval.resume()
    approval.until("succeeded")

    paused = list_runs(approval.interlude, workflow="approval", status="paused", limit=100)["runs"]

    assert approval.id not in [run["run_id"] for run in paused]


@pytest.fixture(scope="module")
def many(interlude: Interlude) -> Iterator[list[Run]]:
    """24 runs of one workflow: every second one waits, the others have succeeded."""
    runs = [interlude.start("counter", {"delay_ms": 600_000 if n % 2 else 0, "max_retries": n % 2}) for n in range(24)]
    for number, run in enumerate(runs):
        run.until("paused" if number % 2 else "succeeded")
    yield runs
    for run in runs[1::2]:
        run.stop()


@pytest.mark.parametrize("status", [None, "succeeded", "paused"])
def test_the_cursor_leads_through_all_pages(interlude: Interlude, many: list[Run], status: str | None) -> None:
    """Page by page every run comes once, in order, and the last page has no cursor."""
    query = {"workflow": "counter", "limit": 5} | ({"status": status} if status else {})

    pages = [list_runs(interlude, **query)]
    while pages[-1]["cursor"]:
        pages.append(list_runs(interlude, **query, cursor=pages[-1]["cursor"]))

    listed = [run for page in pages for run in page["runs"]]
    ids = [run["run_id"] for run in listed]
    wanted = {None: many, "succeeded": many[::2], "paused": many[1::2]}[status]
    assert len(ids) == len(set(ids))
    assert {run.id for run in wanted} <= set(ids)
    assert all(first["started_at"] >= second["started_at"] for first, second in pairwise(listed))
    assert all(len(page["runs"]) == 5 for page in pages[:-1])


@pytest.mark.usefixtures("many")
def test_twenty_runs_are_listed_unless_told(interlude: Interlude) -> None:
    """The default limit is 20."""
    assert len(list_runs(interlude, workflow="counter")["runs"]) == 20


def test_runs_of_an_unknown_workflow_are_404(interlude: Interlude) -> None:
    """The sentence names it."""
    answer = interlude.signed.get("/runs", params={"workflow": "nothing"})

    assert answer.status_code == 404
    assert "'nothing'" in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"status": "asleep"}, "status"),
        ({"cursor": "not one of ours"}, "cursor"),
        ({"cursor": "%"}, "cursor"),
        ({"cursor": "ü"}, "cursor"),
    ],
)
def test_a_list_that_cannot_be_made_says_why(interlude: Interlude, query: dict[str, str], named: str) -> None:
    """A sentence names the parameter: a client's error, never the server's."""
    answer = interlude.signed.get("/runs", params=query)

    assert answer.status_code in (400, 422), answer.text
    assert named in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("GET", "/"), ("DELETE", "/runs"), ("PUT", "/workflows")]
)
def test_what_is_not_there_is_404(interlude: Interlude, method: str, path: str) -> None:
    """A path that no route has."""
    assert interlude.signed.request(method, path).status_code == 404


def test_only_a_failed_run_can_be_retried(interlude: Interlude, approval: Run) -> None:
    """409 while it waits, 404 where it never was."""
    approval.until("paused")
    waiting, unknown = approval.retry(), Run(interlude, "approval-000000000000-0000000000000000").retry()

    assert waiting.status_code == 409
    assert waiting.json()["error"].startswith("This run is paused; only a failed run can be retried")
    assert unknown.status_code == 404
    assert approval.cancel().status_code == 200


def test_a_start_that_is_sent_again_with_its_key_is_one_run(interlude: Interlude) -> None:
    """The same answer to the same request; 422 to another one, 400 to what is no key."""

    def start(event: Any, key: str) -> Any:
        return interlude.signed.post("/workflows/counter/runs", json=event, headers={"Idempotency-Key": key})

    first, again = start({"n": 1}, '"start once"'), start({"n": 1}, "start once")
    other, no_key = start({"n": 2}, "start once"), start({"n": 1}, '"')

    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())
    assert (other.status_code, no_key.status_code) == (422, 400)
    assert other.json()["error"].startswith("This Idempotency-Key was already used for a different request")
    assert Run(interlude, first.json()["run_id"]).end()
