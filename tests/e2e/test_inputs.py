"""Inputs, accounts, secrets and data stores of steps that are processes of their own."""

import json
from typing import Any

import pytest

from .client import Interlude
from .server import Server

PARTS = ("e2e-token", "e2e-refresh", "e2e-api-key", "zebra")


def exports(run: dict[str, Any], step: str) -> dict[str, Any]:
    return next(each["exports"] for each in run["steps"] if each["name"] == step)


def test_a_step_has_its_inputs(own_steps: Interlude) -> None:
    """An account, paths into the event and the environment, and a data store that steps share."""
    run = own_steps.start("connected", {"name": "Ada"})
    run.resume()
    ended = run.end()

    assert ended["status"] == "succeeded"
    asked = exports(ended, "ask")["$return_value"]
    assert (asked["text"], asked["length"]) == ("Ada has (secret)", 19)
    assert exports(ended, "tell")["$return_value"]["count"] >= asked["count"]


def test_a_secret_of_the_environment_is_there_when_the_step_is_imported(own_steps: Interlude) -> None:
    """A module may read os.environ at its top."""
    result = own_steps.test_step("connected", "ask", event={"body": {"name": "Ada"}})

    assert result["exports"]["length_at_import"] == len("e2e-api-key-zebra")


@pytest.mark.parametrize("fail", [False, True])
def test_a_secret_is_seen_nowhere(own_steps: Interlude, server: Server, fail: bool) -> None:
    """Not in the run's JSON, on the pages of its links, in the server's log, or in what a test of the step answers."""
    run = own_steps.start("connected", {"name": "Ada", "fail": fail})
    paused = run.until("paused")
    asked = own_steps.public.get(paused["wait"]["resume_url"], headers={"Accept": "text/html"})
    page = own_steps.public.post(paused["wait"]["resume_url"], headers={"Accept": "text/html"})
    ended = run.end()
    again = own_steps.public.get(paused["wait"]["cancel_url"], headers={"Accept": "text/html"})
    event = {"body": {"fail": fail}}
    tests = [own_steps.test_step("connected", step, event=event) for step in ("ask", "tell")]

    said = "PermissionError" if fail else "done with (secret)"
    assert said in json.dumps(ended)
    for line in ("at import: (secret)", "key (secret)", "thread: (secret)"):
        assert line in server.log
    for text in (json.dumps([paused, ended, tests], ensure_ascii=False), asked.text, page.text, again.text, server.log):
        for part in PARTS:
            assert part not in text


def test_a_secret_that_is_not_there_fails_the_run_and_not_the_function(own_steps: Interlude, server: Server) -> None:
    """With one sentence; the server has said so at its start."""
    ended = own_steps.start("unconnected").end()

    assert (ended["status"], ended["error"]["type"]) == ("failed", "NoSecret")
    assert ended["error"]["message"] == (
        "The environment variable API_KEY is a secret from ssm:/interlude/forgotten, but the Parameter Store has "
        "no secret of this name; create it, or correct the name."
    )
    assert "secrets.json has no '/interlude/forgotten', which unconnected-call will ask for." in server.log


def test_a_test_may_give_inputs_of_its_own(own_steps: Interlude) -> None:
    """Instead of those of the file; the others stay."""
    given = {"seen": {"count": 41}, "text": "given"}
    result = own_steps.test_step("connected", "ask", event={"body": {"name": "Ada"}}, inputs=given)

    assert result["exports"]["$return_value"] == {"text": "given", "length": 19, "count": 42}
    assert result["exports"]["account"] == {"$auth": {"oauth_access_token": "(secret)", "refresh": ["(secret)"]}}
