"""Test mode: one step by itself."""

from pathlib import Path
from typing import Any

import pytest

import interlude.step
from interlude.settings import settings


def try_out(folder: Path, body: str, **given: Any) -> dict[str, Any]:
    """What the step's entry point answers to a test."""
    (folder / "ask.py").write_text(f"def handler(pd):\n    {body}\n", encoding="utf-8")
    settings.cache_clear()
    return interlude.step.handler({"workflow": "approval", "step": "ask", "test": given}, None)


@pytest.mark.parametrize("call", ["suspend", "rerun", "delay"])
def test_a_step_that_would_pause_is_told_that_tests_do_not(as_step: Path, call: str):
    """The message that Pipedream has, each call with its own name; what was exported is there."""
    result = try_out(as_step, f"pd.flow.{call}(1000); return 'so far'")

    assert result == {
        "status": "canceled",
        "message": (f"Workflow execution canceled — this may be due to pd.flow.{call}() usage (not supported in test)"),
        "exports": {"$return_value": "so far"},
        "error": None,
    }


def test_a_rerun_without_retries_left_does_nothing_in_a_test_either(as_step: Path):
    """A test is the first run; with max_retries 0 it is the last, too."""
    assert try_out(as_step, "pd.flow.rerun(1000, None, 0); return 1")["status"] == "succeeded"


def test_a_step_that_exits_has_succeeded_with_its_reason(as_step: Path):
    """Exit beats everything in a test as in a run."""
    result = try_out(as_step, "pd.flow.suspend(); pd.flow.exit('enough')")

    assert result == {"status": "succeeded", "message": "enough", "exports": {}, "error": None}


def test_a_step_that_fails_tells_its_error(as_step: Path):
    """Type, message and traceback, as the run would have."""
    result = try_out(as_step, "raise LookupError('nothing')")

    assert (result["status"], result["message"], result["exports"]) == ("failed", "nothing", {})
    assert (result["error"]["type"], result["error"]["message"]) == ("LookupError", "nothing")
    assert "line 2, in handler" in result["error"]["traceback"]


def test_a_step_sees_the_event_and_the_exports_that_the_tester_gives(as_step: Path):
    """pd.steps is a dict as in a run; a step that returned nothing has returned None."""
    body = "return [pd.steps['trigger']['event'], pd.steps['before'], pd.steps['exporting'], pd.steps.get('other')]"

    result = try_out(as_step, body, event={"a": 1}, steps={"before": {"$return_value": 2}, "exporting": {"n": 3}})

    assert result["exports"] == {
        "$return_value": [{"a": 1}, {"$return_value": 2}, {"n": 3, "$return_value": None}, None]
    }


def test_without_anything_given_the_event_is_null(as_step: Path):
    """Both parts of a test are optional."""
    assert try_out(as_step, "return {'event': pd.steps['trigger']['event']}")["exports"] == {
        "$return_value": {"event": None}
    }


def test_a_step_can_tell_that_it_is_tested(as_step: Path):
    """`test` is true in its context; the run is the first, nothing was resumed."""
    body = (
        "return [pd.context['test'], pd.context.run.runs, pd.context['resume'], 'callback_request' in pd.context.run]"
    )

    assert try_out(as_step, body)["exports"] == {"$return_value": [True, 1, None, False]}


def test_links_of_a_test_look_like_links(as_step: Path):
    """A step that mails them runs to its end."""
    result = try_out(as_step, "return pd.flow.suspend()")

    assert result["exports"]["$return_value"]["resume_url"].startswith("https://interlude.example/resume/test/0.1/")
