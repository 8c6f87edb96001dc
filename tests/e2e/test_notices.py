"""A run that fails is told: by mail, and to another workflow."""

from typing import Any

from tests.waiting import eventually

from .client import Interlude, Run, returned


def fail(stack: Interlude, error: str, **more: Any) -> Run:
    run = stack.start("alarming", {"error": error, **more})
    run.until("failed")
    return run


def attending(stack: Interlude, failed: Run) -> Run:
    """The run that the error of another run has started."""

    def of_this_error() -> list[Run]:
        listed = stack.signed.get("/runs", params={"workflow": "attending", "limit": 100}).json()["runs"]
        runs = [Run(stack, each["run_id"]) for each in listed]
        return [run for run in runs if context_of(run).get("trace_id") == failed.id]

    return eventually(of_this_error, bool, "the run of the error")[0]


def context_of(run: Run) -> dict[str, Any]:
    event = run.get()["trigger"]["event"]
    return event.get("original_context", {}) if isinstance(event, dict) else {}


def test_the_first_failure_of_a_kind_is_mailed_and_the_second_is_not(outbox: Interlude, own_steps: Interlude) -> None:
    """The mail names the workflow, the step, the error and the run, and where to look at it."""
    first = fail(own_steps, "Stumbled", message="over a stone")
    mail = first.mail()
    second = fail(own_steps, "Stumbled", message="over a stone")
    third = fail(own_steps, "Fell", message="into the water")
    third.mail()

    assert mail["subject"] == "alarming failed: Stumbled"
    assert "The workflow alarming failed at its step alarm.\n\nStumbled: over a stone\n" in mail["text"]
    assert f"{outbox.base_url}/runs/{first.id}\n" in mail["text"]
    assert not [each for each in outbox.mails() if second.id in each["text"]]


def test_the_error_is_the_event_of_another_workflow(own_steps: Interlude) -> None:
    """With the event and the context of the run that failed; each failed run starts one, mailed or not."""
    failed = fail(own_steps, "Stumbled", message="over a stone")

    event = returned(attending(own_steps, failed).until("succeeded"), "attend")

    assert (event["error"]["code"], event["error"]["msg"]) == ("Stumbled", "over a stone")
    assert event["error"]["cellId"] == "alarm"
    assert "alarm.py" in event["error"]["stack"]
    assert event["original_event"]["body"] == {"error": "Stumbled", "message": "over a stone"}
    assert event["original_context"]["workflow_name"] == "alarming"
    assert event["original_context"]["trace_id"] == failed.id
