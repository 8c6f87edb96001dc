"""Steps that raise or die: the run is failed, says where and how, and no link of it works any more."""

from typing import Any

import pytest

from .client import Interlude, Run, step


@pytest.fixture(scope="module")
def dead_runs(own_steps: Interlude) -> dict[str, tuple[Run, dict[str, Any]]]:
    """One run for each way to die, each with a suspend before it, and how it ended."""
    scenes = ("by_an_exception", "by_its_timeout", "by_os_exit", "by_sys_exit")
    runs = {scene: own_steps.start("dying", {"scene": scene}) for scene in scenes}
    return {scene: (run, run.until("failed")) for scene, run in runs.items()}


ALL = pytest.mark.parametrize("scene", ["by_an_exception", "by_its_timeout", "by_os_exit", "by_sys_exit"])


@ALL
def test_a_dead_step_fails_its_run(dead_runs: dict[str, tuple[Run, dict[str, Any]]], scene: str) -> None:
    """The run is failed, names the step, and later steps have not run."""
    _, ended = dead_runs[scene]

    assert ended["error"]["step"] == "die"
    assert [(each["name"], each["status"], each["runs"]) for each in ended["steps"]] == [
        ("die", "failed", 1),
        ("never", "pending", 0),
    ]
    assert step(ended, "die")["error"] == {name: ended["error"][name] for name in ("type", "message", "traceback")}
    assert ended["ended_at"] is not None
    assert ended["wait"] is None


@ALL
def test_links_that_a_dead_step_has_handed_out_are_410(
    outbox: Interlude, dead_runs: dict[str, tuple[Run, dict[str, Any]]], scene: str
) -> None:
    """Somebody has the links of the suspend that came before: both say that the run has ended."""
    run, ended = dead_runs[scene]
    links = run.mail()["text"].split()

    answers = [outbox.public.post(link) for link in links]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert all(f"failed at {ended['ended_at']}" in answer.json()["error"] for answer in answers)
    assert run.get() == ended


def test_an_exception_is_told_with_its_traceback(dead_runs: dict[str, tuple[Run, dict[str, Any]]]) -> None:
    """Type, message, and a traceback that begins in the step's own file."""
    error = dead_runs["by_an_exception"][1]["error"]

    assert (error["type"], error["message"]) == ("LookupError", "there is no such customer")
    lines = error["traceback"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "die.py" in lines[1]
    assert 'raise LookupError("there is no such customer")' in error["traceback"]
    assert lines[-1] == "LookupError: there is no such customer"
    assert "layers/interlude/" not in error["traceback"]


def test_a_timeout_is_told(dead_runs: dict[str, tuple[Run, dict[str, Any]]]) -> None:
    """A step that runs into its function's timeout says so, with the seconds."""
    error = dead_runs["by_its_timeout"][1]["error"]

    assert error["type"] == "Sandbox.Timedout"
    assert error["message"].endswith("Task timed out after 2.00 seconds")


def test_an_exit_of_the_process_is_told(dead_runs: dict[str, tuple[Run, dict[str, Any]]]) -> None:
    """os._exit(3) takes the process with it, and the exit status is told."""
    error = dead_runs["by_os_exit"][1]["error"]

    assert error["type"] == "Runtime.ExitError"
    assert error["message"].endswith("Runtime exited with error: exit status 3")


def test_sys_exit_is_a_failure(dead_runs: dict[str, tuple[Run, dict[str, Any]]]) -> None:
    """A step that calls sys.exit has not succeeded."""
    error = dead_runs["by_sys_exit"][1]["error"]

    assert (error["type"], error["message"]) == ("SystemExit", "that was all")
    assert 'sys.exit("that was all")' in error["traceback"]


@pytest.mark.usefixtures("dead_runs")
def test_a_step_that_died_can_run_again(own_steps: Interlude) -> None:
    """The next run of the same step starts in a fresh process."""
    run = own_steps.start("dying", {"scene": "by_an_exception"}).end()

    assert run["error"]["type"] == "LookupError"


def test_an_exception_after_suspend_fails_the_run(own_steps: Interlude) -> None:
    """The run does not wait for links that it has already handed out."""
    run = own_steps.start("pausing", {"scene": "suspend_and_raise"})

    ended = run.end()

    assert (ended["status"], ended["error"]["type"]) == ("failed", "LookupError")
    links = run.mail()["text"].split()
    assert [own_steps.public.get(link).status_code for link in links] == [410, 410]


def test_a_step_that_cannot_be_imported_says_why(own_steps: Interlude) -> None:
    """The run fails with the import's own error, and the line that raised it."""
    run = own_steps.start("no_import").end()

    assert (run["status"], run["error"]["step"], run["error"]["type"]) == ("failed", "load", "ModuleNotFoundError")
    assert run["error"]["message"] == "No module named 'a_package_that_nobody_has'"
    assert "import a_package_that_nobody_has" in run["error"]["traceback"]


def test_a_file_without_a_handler_says_so(own_steps: Interlude) -> None:
    """The run fails with a sentence that names the file and what it lacks."""
    run = own_steps.start("no_handler").end()

    assert (run["status"], run["error"]["step"]) == ("failed", "silent")
    assert "silent.py" in run["error"]["message"]
    assert "handler" in run["error"]["message"]


def test_a_failed_run_can_be_told_from_the_list(own_steps: Interlude) -> None:
    """Its status in the list is failed, with the time of its end."""
    run = own_steps.start("no_handler")
    ended = run.until("failed")

    newest = own_steps.signed.get("/runs", params={"workflow": "no_handler", "limit": 1}).json()["runs"][0]

    assert (newest["run_id"], newest["status"], newest["ended_at"]) == (run.id, "failed", ended["ended_at"])


def test_steps_may_be_called_like_modules_of_python(own_steps: Interlude) -> None:
    """Python's and AWS's own start need many of these, before anything of the step is there."""
    run = own_steps.start("named_like_modules").until("succeeded")

    assert [step["exports"]["$return_value"] for step in run["steps"]] == [[[1], True]] * 7
