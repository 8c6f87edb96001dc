"""pd.flow.rerun without callbacks: runs, context, max_retries."""

from datetime import timedelta
from typing import Any

import pytest

from .client import Interlude, exports, lasted, returned, step
from .services.process import Service


def test_a_poll_goes_on_until_its_job_is_done(interlude: Interlude, service: Service) -> None:
    """A job that is done at the third request takes four runs, as the first run only waits."""
    run = interlude.start(
        "poll", {"status_url": service.job("third", done_after=3), "delay_ms": 0, "max_retries": 9}
    ).until("succeeded")

    assert step(run, "wait_for_job")["runs"] == 4
    assert service.requests_for_job("third") == 3
    assert returned(run, "report") == {"job": {"job": "third", "status": "DONE", "result": 42}}


def test_a_poll_gives_up_after_its_retries(interlude: Interlude, service: Service) -> None:
    """With max_retries 3 run 4 happens, and may raise: the run fails with what it said."""
    run = interlude.start(
        "poll", {"status_url": service.job("never", done_after=99), "delay_ms": 0, "max_retries": 3}
    ).until("failed")

    assert step(run, "wait_for_job")["runs"] == 4
    assert (run["error"]["step"], run["error"]["type"]) == ("wait_for_job", "Exception")
    assert run["error"]["message"] == "Max retries exceeded"
    assert 'raise Exception("Max retries exceeded")' in run["error"]["traceback"]
    assert service.requests_for_job("never") == 2
    assert step(run, "report")["runs"] == 0


@pytest.mark.parametrize(("max_retries", "context"), [(0, None), (1, {"seen": [1]}), (2, {"seen": [1, 2]})])
def test_reruns_past_the_limit_go_on_silently(interlude: Interlude, max_retries: int, context: Any) -> None:
    """With max_retries N runs 1 to N + 1 happen, then the workflow goes on with the next step."""
    run = interlude.start("counter", {"delay_ms": 0, "max_retries": max_retries}).until("succeeded")

    assert [each["runs"] for each in run["steps"]] == [max_retries + 1, 1]
    assert step(run, "count")["context"] == context
    assert returned(run, "report") == context if context else "$return_value" not in exports(run, "report")
    assert run["error"] is None


def test_each_run_finds_its_number_and_the_context_of_the_run_before(own_steps: Interlude) -> None:
    """pd.context["run"]: runs counts from 1, context is the last rerun's, and callback_request is absent."""
    run = own_steps.start("rerunning", {"scene": "record_each_run", "max_retries": 3}).until("succeeded")

    assert returned(run, "again") == [
        {"runs": 1, "keys": ["context", "runs"]},
        {"runs": 2, "keys": ["context", "runs"]},
        {"runs": 3, "keys": ["context", "runs"]},
        {"runs": 4, "keys": ["context", "runs"]},
    ]


def test_the_step_after_a_rerun_starts_to_count_anew(own_steps: Interlude) -> None:
    """runs, context and callback_request belong to a step: the next step is in its first run."""
    run = own_steps.start("rerunning", {"scene": "record_each_run", "max_retries": 1}).until("succeeded")

    assert returned(run, "witness")["run"] == {"runs": 1, "context": None}


def test_a_step_that_stops_to_rerun_goes_on(own_steps: Interlude) -> None:
    """A run that does not call rerun is the last, and its return value is the step's."""
    run = own_steps.start("rerunning", {"scene": "until_the_third"}).until("succeeded")

    assert (step(run, "again")["runs"], returned(run, "again")) == (3, 3)


def test_ten_reruns_are_the_default(own_steps: Interlude) -> None:
    """Without max_retries runs 1 to 11 happen."""
    run = own_steps.start("rerunning", {"scene": "with_the_default_limit"}).until("succeeded")

    assert step(run, "again")["runs"] == 11


@pytest.mark.parametrize("scene", ["by_pipedream_keywords", "by_python_keywords"])
def test_rerun_takes_its_arguments_by_keyword(own_steps: Interlude, scene: str) -> None:
    """delay or delay_ms, context, maxRetries or max_retries."""
    run = own_steps.start("rerunning", {"scene": scene}).until("succeeded")

    assert [each["runs"] for each in returned(run, "again")] == [1, 2, 3]


def test_a_delay_passes_before_the_rerun(interlude: Interlude) -> None:
    """Between two runs of a step lies the delay that was asked for."""
    ended = interlude.start("counter", {"delay_ms": 1000, "max_retries": 1}).until("succeeded")

    assert step(ended, "count")["runs"] == 2
    assert lasted(ended) >= timedelta(seconds=1)


@pytest.mark.parametrize(
    "context", [{"a": {"b": [1, 2.5, None, True, "ü"]}}, [], "text", 0, 1.5, False, None, {}], ids=repr
)
def test_any_json_value_is_a_context(own_steps: Interlude, context: Any) -> None:
    """The next run finds the value as it was given, by key and by attribute."""
    run = own_steps.start("rerunning", {"scene": "hand_over_a_context", "context": context}).until("succeeded")

    assert returned(run, "again") == {"by_key": context, "by_attribute": context}
    assert step(run, "again")["context"] == context


def test_a_context_that_is_no_json_fails_at_the_call(own_steps: Interlude) -> None:
    """The error names the call and the offending part."""
    run = own_steps.start("rerunning", {"scene": "with_a_set_as_context"}).until("failed")

    assert run["error"]["message"].startswith("pd.flow.rerun: context['found'][1]['deep'] is a set ({2});")
    assert 'pd.flow.rerun(1, {"found": [1, {"deep": {2}}]})' in run["error"]["traceback"]
    assert step(run, "again")["runs"] == 1


def test_rerun_returns_both_links(own_steps: Interlude) -> None:
    """What rerun returns are the two links of the wait that the run is in then."""
    run = own_steps.start("rerunning", {"scene": "keep_the_links", "ms": 600_000, "max_retries": 1})
    paused = run.until("paused")

    assert returned(paused, "again")["links"] == run.links()
    assert (paused["wait"]["step"], paused["wait"]["kind"]) == ("again", "rerun")
    run.cancel()


def test_a_rerun_whose_links_nobody_kept_tells_none(interlude: Interlude) -> None:
    """Where the step threw the links away only the timer ends the wait, so the run shows no links."""
    run = interlude.start("counter", {"delay_ms": 600_000, "max_retries": 1})
    wait = run.until("paused")["wait"]

    assert (wait["step"], wait["kind"], wait["resume_url"], wait["cancel_url"]) == ("count", "rerun", None, None)
    run.stop()
