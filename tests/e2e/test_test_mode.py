"""Test mode: one step by itself, which pauses nothing."""

import re
from pathlib import Path

import pytest

from .client import Interlude

REQUEST = {"body": {"delay_ms": 0, "max_retries": 1, "document": "The plan"}}
CANCELED = "Workflow execution canceled — this may be due to pd.flow.{}() usage (not supported in test)"


def test_a_step_that_suspends_is_not_suspended(interlude: Interlude) -> None:
    """Its result is Pipedream's message, with what the step returned."""
    result = interlude.test_step("approval", "ask", event=REQUEST)

    assert (result["status"], result["message"]) == ("canceled", CANCELED.format("suspend"))
    assert result["exports"]["$return_value"]["document"] == "The plan"
    assert result["error"] is None


def test_a_step_that_reruns_is_not_run_again(interlude: Interlude) -> None:
    """The message names the call."""
    result = interlude.test_step("counter", "count", event=REQUEST)

    assert (result["status"], result["message"]) == ("canceled", CANCELED.format("rerun"))


def test_a_step_that_delays_is_not_delayed(own_steps: Interlude) -> None:
    """The message names the call."""
    result = own_steps.test_step(
        "pausing", "pause", event={"body": {"scene": "delay_and_drop_the_links", "ms": 600_000}}
    )

    assert (result["status"], result["message"]) == ("canceled", CANCELED.format("delay"))


def test_a_step_finds_the_given_event_and_exports(interlude: Interlude) -> None:
    """`event` is the trigger's event, `steps` are the exports of earlier steps."""
    asked = {"$return_value": {"document": "The plan"}, "$resume_data": {"body": "yes"}}

    result = interlude.test_step("approval", "publish", event=REQUEST, steps={"ask": asked})

    assert result == {
        "status": "succeeded",
        "message": "",
        "exports": {"$return_value": {"document": "The plan", "decision": "approved", "by": {"body": "yes"}}},
        "error": None,
    }


def test_a_test_needs_no_body(interlude: Interlude) -> None:
    """Both parts are optional, and so is the body: a step that needs them fails like any other."""
    answer = interlude.signed.post("/workflows/approval/steps/ask/test")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["error"]["type"]) == ("failed", "TypeError")


def test_a_step_that_fails_says_how(interlude: Interlude) -> None:
    """Type, message and traceback of what it raised."""
    result = interlude.test_step("approval", "publish", steps={})

    assert result["status"] == "failed"
    assert (result["error"]["type"], result["error"]["message"]) == ("KeyError", "'ask'")
    assert 'asked = pd.steps["ask"]' in result["error"]["traceback"]
    assert result["message"] == "'ask'"
    assert result["exports"] == {}


def test_exit_in_a_test_succeeds(own_steps: Interlude) -> None:
    """exit beats suspend in a test too, and its reason is the message."""
    result = own_steps.test_step("pausing", "pause", event={"body": {"scene": "suspend_then_exit"}})

    assert (result["status"], result["message"]) == ("succeeded", "nothing to ask")


def test_a_test_is_no_run(interlude: Interlude) -> None:
    """Nothing that was tested is among the runs."""
    before = interlude.signed.get("/runs", params={"workflow": "approval", "limit": 1}).json()["runs"]

    interlude.test_step("approval", "ask", event=REQUEST)

    assert interlude.signed.get("/runs", params={"workflow": "approval", "limit": 1}).json()["runs"] == before


def test_the_links_of_a_test_do_nothing(interlude: Interlude) -> None:
    """A test hands out links that look like any others, and are good for nothing."""
    links = interlude.test_step("approval", "ask", event=REQUEST)["exports"]["$return_value"]

    assert interlude.public.post(links["resume_url"]).status_code == 404
    assert interlude.public.post(links["cancel_url"]).status_code == 404


@pytest.mark.parametrize("scene", ["by_its_timeout", "by_os_exit"])
def test_a_step_that_dies_in_a_test_has_failed(own_steps: Interlude, scene: str) -> None:
    """A step that takes its process with it is told as failed, not as a fault of the API."""
    result = own_steps.test_step("dying", "die", event={"body": {"scene": scene}})

    assert result["status"] == "failed"
    assert {"by_its_timeout": "timed out after 2.00 seconds", "by_os_exit": "exit status 3"}[scene] in result["message"]


@pytest.mark.parametrize(
    ("path", "named"),
    [("/workflows/approval/steps/sign/test", "'sign'"), ("/workflows/nothing/steps/ask/test", "'nothing'")],
)
def test_an_unknown_step_is_404(interlude: Interlude, path: str, named: str) -> None:
    """A step or workflow that is not there is told by its name."""
    answer = interlude.signed.post(path, json={})

    assert answer.status_code == 404
    assert named in answer.json()["error"]


@pytest.mark.parametrize("body", ['{"evnt": 1}', "[1]", '{"steps": [1]}', "no json"])
def test_a_test_that_cannot_be_read_is_400(interlude: Interlude, body: str) -> None:
    """A sentence says what is wrong with it."""
    answer = interlude.signed.post("/workflows/approval/steps/ask/test", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_the_readme_s_example_is_what_happens(interlude: Interlude) -> None:
    """Its request, and its answer to the letter."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = re.search(r"127\.0\.0\.1:3000(/workflows/\S+/test) \\\n +-d '(.+)'\n\n +(\{.+\})\n", text)
    assert example

    answer = interlude.signed.post(example[1], content=example[2])

    assert answer.text == example[3]


def test_a_test_sends_mail(outbox: Interlude) -> None:
    """What a step does outside of its run is real."""
    before = len(outbox.mails())

    outbox.test_step("approval", "ask", event={"body": {"document": "Only tested"}})

    assert [mail["subject"] for mail in outbox.mails()[before:]] == ["May this be published? Only tested"]
