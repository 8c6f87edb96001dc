"""What the person at the terminal sees, and what an edit of a step does."""

import re
from pathlib import Path

import pytest

from tests.waiting import eventually

from .client import Interlude, Run, returned
from .server import Server


def test_what_a_step_prints_is_in_the_log(own_steps: Interlude, server: Server) -> None:
    """print() is the step's log, marked with the step that said it and with the run's id."""
    run = own_steps.start("dying", {"scene": "by_an_exception"})
    run.end()

    eventually(lambda: server.log, lambda log: f"dying-die | [{run.id}] about to die" in log, "the step's line")
    eventually(lambda: server.log, lambda log: "LookupError: there is no such customer" in log, "the traceback")


def test_each_request_and_each_step_is_a_line_in_the_log(own_steps: Interlude, server: Server) -> None:
    """A line tells method, path and status, another the step and how long it took."""
    run = own_steps.start("counter", {"delay_ms": 0, "max_retries": 0})
    run.end()

    for line in (rf"GET /runs/{run.id} 200 .*", r"POST /hooks/counter/.* 202 .*", r"counter-count .* ms ok"):
        eventually(lambda: server.log, re.compile(f"^{line}$", re.MULTILINE).search, line)


def test_the_log_tells_no_secrets(server: Server, approval: Run) -> None:
    """The keys of hooks and the signatures of links are cut in the lines of requests."""
    links = approval.links()
    approval.interlude.public.post(links["resume_url"])

    log = eventually(lambda: server.log, lambda log: f"POST /resume/{approval.id}/" in log, "the click's line")
    signature = links["resume_url"].rpartition("/")[2]
    assert signature not in log


@pytest.mark.usefixtures("server")
def test_an_edited_step_is_used_without_a_restart(own_steps: Interlude, moved_steps: Path) -> None:
    """The next run after a change to a step's file runs the changed file."""
    file = moved_steps / "say.py"
    source = file.read_text(encoding="utf-8")
    words = [returned(own_steps.start("edited").until("succeeded"), "say")]

    for word in ("second", "third"):
        file.write_text(source.replace("first", word), encoding="utf-8")
        words.append(returned(own_steps.start("edited").until("succeeded"), "say"))

    file.write_text(source, encoding="utf-8")
    assert words == ["first", "second", "third"]


@pytest.mark.usefixtures("server")
def test_a_step_that_was_broken_and_mended_works(own_steps: Interlude, moved_steps: Path) -> None:
    """A syntax error fails the run with the line, and the next run after the repair succeeds."""
    file = moved_steps / "say.py"
    source = file.read_text(encoding="utf-8")

    file.write_text(source.replace("def handler(pd):", "def handler(pd)"), encoding="utf-8")
    broken = own_steps.start("edited").end()
    file.write_text(source, encoding="utf-8")
    mended = own_steps.start("edited").end()

    assert (broken["status"], broken["error"]["type"]) == ("failed", "SyntaxError")
    assert "def handler(pd)" in broken["error"]["traceback"]
    assert mended["status"] == "succeeded"


@pytest.mark.usefixtures("server")
def test_a_run_that_failed_goes_on_with_the_mended_step(own_steps: Interlude, moved_steps: Path) -> None:
    """202 with the same run. While it is not failed there is nothing to retry: 410 after its end."""
    file = moved_steps / "say.py"
    source = file.read_text(encoding="utf-8")
    file.write_text(source.replace("return WORD", "raise LookupError(WORD)"), encoding="utf-8")
    run = own_steps.start("edited")
    run.until("failed")
    file.write_text(source, encoding="utf-8")

    answer = run.retry()

    status_url = f"{own_steps.base_url}/runs/{run.id}"
    assert (answer.status_code, answer.json()) == (202, {"run_id": run.id, "status_url": status_url})
    assert returned(run.until("succeeded"), "say") == "first"
    assert run.retry().status_code == 410
