"""What pd.flow takes, what it refuses and in which words, and which of several calls counts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from interlude.errors import BadCall, NotJson
from interlude.models import Directive
from interlude.pd.flow import Flow

LINKS = {"resume_url": "https://interlude.example/resume", "cancel_url": "https://interlude.example/cancel"}
YEAR_MS = 31_536_000_000


def flow_of(run: int = 1, suspend_timeout_action: str = "resume") -> Flow:
    return Flow(run, suspend_timeout_action, lambda: dict(LINKS))


def test_suspend_without_arguments_waits_for_a_day_and_then_resumes():
    """24 hours, and what the stack's parameter says."""
    flow = flow_of()

    links = flow.suspend()

    assert links == LINKS
    assert flow.directive == Directive("suspend", 86_400_000, "resume")


def test_the_stack_decides_what_a_timeout_does_unless_the_call_does():
    """on_timeout goes before SuspendTimeoutAction."""
    stack, call = flow_of(suspend_timeout_action="cancel"), flow_of(suspend_timeout_action="cancel")

    stack.suspend(1000)
    call.suspend(1000, on_timeout="resume")

    assert stack.directive == Directive("suspend", 1000, "cancel")
    assert call.directive == Directive("suspend", 1000, "resume")


@pytest.mark.parametrize("action", ["retry", "", False, 0])
def test_suspend_refuses_an_unknown_on_timeout(action: Any):
    """The sentence names the call, the value and what is allowed."""
    with pytest.raises(BadCall) as refused:
        flow_of().suspend(1000, on_timeout=action)

    assert str(refused.value) == f'pd.flow.suspend: on_timeout is {action!r}; it must be "resume" or "cancel".'


CALLS: dict[str, tuple[Callable[[Flow, Any], Any], str, int]] = {
    "suspend": (Flow.suspend, "timeout_ms", 1),
    "delay": (Flow.delay, "delay_ms", 1),
    "rerun": (Flow.rerun, "delay_ms", 0),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "value",
    ["soon", "1000", True, [1000], Decimal(1000), -1, YEAR_MS + 1, float("nan"), float("inf"), -0.001, 1j],
    ids=repr,
)
def test_a_duration_that_is_none_is_refused_at_the_call(name: str, value: object):
    """A sentence with the call, the value and the range; nothing is asked for."""
    call, argument, least = CALLS[name]
    flow = flow_of()

    with pytest.raises(BadCall) as refused:
        call(flow, value)

    assert str(refused.value) == (
        f"pd.flow.{name}: {argument} is {value!r}; "
        f"it must be a number of milliseconds from {least} to 31536000000 (1 year)."
    )
    assert flow.directive is None


@pytest.mark.parametrize(
    ("given", "waited"), [(1, 1), (YEAR_MS, YEAR_MS), (1.5, 2), (1500.2, 1501), (float(YEAR_MS), YEAR_MS)]
)
@pytest.mark.parametrize("name", CALLS)
def test_durations_are_whole_milliseconds_rounded_up(name: str, given: float, waited: int):
    """From the least to a year; fractions come from arithmetic."""
    flow = flow_of()

    CALLS[name][0](flow, given)

    assert flow.directive is not None
    assert flow.directive.wait_ms == waited


@pytest.mark.parametrize("name", ["suspend", "delay"])
def test_nothing_waits_for_no_time_but_a_rerun(name: str):
    """0 ms is a rerun at once; for the others it is a mistake."""
    with pytest.raises(BadCall, match=f"pd.flow.{name}: .* is 0; "):
        CALLS[name][0](flow_of(), 0)

    flow = flow_of()
    flow.rerun(0)
    assert flow.directive == Directive("rerun", 0)


def test_a_bad_call_is_a_value_error():
    """A step that catches what Python raises for a bad value catches these."""
    assert issubclass(BadCall, ValueError)


def test_rerun_takes_its_arguments_by_any_of_their_names():
    """delay_ms or delay, max_retries or maxRetries, by place or by name."""
    calls = [
        lambda flow: flow.rerun(1000, {"a": 1}, 3),
        lambda flow: flow.rerun(delay_ms=1000, context={"a": 1}, max_retries=3),
        lambda flow: flow.rerun(delay=1000, context={"a": 1}, maxRetries=3),
    ]
    for call in calls:
        third, fourth = flow_of(run=3), flow_of(run=4)
        call(third)
        call(fourth)
        assert third.directive == Directive("rerun", 1000, context='{"a":1}')
        assert fourth.directive is None


def test_rerun_without_a_delay_is_refused():
    """There is no default for how long to wait."""
    with pytest.raises(BadCall) as refused:
        flow_of().rerun(context={})

    assert str(refused.value) == (
        "pd.flow.rerun: delay_ms is missing; it must be a number of milliseconds from 0 to 31536000000 (1 year)."
    )


@pytest.mark.parametrize(("max_retries", "last_run"), [(None, 11), (0, 1), (1, 2), (3, 4)])
def test_after_max_retries_reruns_the_call_does_nothing(max_retries: int | None, last_run: int):
    """With 3, runs 1 to 4 happen. The links are there all the same."""
    before, last = flow_of(run=last_run - 1), flow_of(run=last_run)

    before.rerun(1000, max_retries=max_retries)
    links = last.rerun(1000, max_retries=max_retries)

    if last_run > 1:
        assert before.directive == Directive("rerun", 1000)
    assert last.directive is None
    assert links == LINKS


@pytest.mark.parametrize("value", [-1, 2.5, "3", True], ids=repr)
def test_max_retries_that_is_no_whole_number_is_refused(value: object):
    """The sentence names the call, the value and what is allowed."""
    with pytest.raises(BadCall) as refused:
        flow_of().rerun(1000, max_retries=value)  # type: ignore[arg-type]

    assert str(refused.value) == f"pd.flow.rerun: max_retries is {value!r}; it must be a whole number, 0 or more."


def test_a_context_that_is_no_json_is_refused_at_the_call():
    """Not at the step's end, where nobody could tell which call it was."""
    with pytest.raises(NotJson, match=r"^pd\.flow\.rerun: context\['when'\] is a set \(\{1\}\)"):
        flow_of().rerun(1000, {"when": {1}})


def test_of_several_calls_the_last_one_counts():
    """A delay after a suspend is a delay."""
    flow = flow_of()

    flow.suspend(1000)
    flow.rerun(2000, {"a": 1})
    flow.delay(3000)

    assert flow.directive == Directive("delay", 3000)


def test_a_refused_call_leaves_the_one_before_it():
    """A step that catches the error still gets what it asked for first."""
    flow = flow_of()
    flow.suspend(1000)

    with pytest.raises(BadCall):
        flow.delay(-1)

    assert flow.directive == Directive("suspend", 1000)


@pytest.mark.parametrize(("reason", "text"), [(None, ""), ("done", "done"), (404, "404")])
def test_exit_notes_its_reason_as_text_and_does_not_raise(reason: object, text: str):
    """The rest of the step runs; the end looks at `exited` first."""
    flow = flow_of()

    flow.exit(reason)  # type: ignore[arg-type]
    flow.suspend()

    assert (flow.exited, flow.exit_reason) == (True, text)


def test_a_context_is_taken_as_it_is_at_the_call():
    """What the step does to it afterwards is not handed on, and can't break the rerun."""
    flow, context = flow_of(), {"seen": [1]}
    flow.rerun(0, context)

    context["seen"].append({"no", "json"})

    assert flow.directive == Directive("rerun", 0, context='{"seen":[1]}')
