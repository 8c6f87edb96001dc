"""All interleavings of a wait's writers, with a fault at every place: each promise holds, and each rule is needed."""

from dataclasses import replace

import pytest

from tests.model.scenario import RULES
from tests.model.scenarios import LARGE, RETRY_TWICE, SMALL
from tests.model.search import search

QUICK = ("a resume and a cancel, and a crash", "a retry, and a crash", "a resume and a cancel, and trouble")
"""What make test searches; make proof searches all others, and those with larger bounds."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.proof) for name in (*SMALL, *LARGE)]
)
def test_every_promise_holds_in_every_state(name: str):
    """One outcome, nobody is told otherwise, nothing accepted is lost, no stored attempt runs again, each run ends."""
    found = search({**SMALL, **LARGE}[name], most=5_000_000)

    assert found.broken == "", str(found)
    assert found.states > 400
    assert found.ends > 10


NEEDED = {
    "claim": ("a wait in a new execution", "wait 0.1 was resumed by 'a', and then cancelled by 'c'"),
    "claim with run": (
        "links of a step that exits, and a crash",
        "c is told that the run is cancelled, and it is succeeded",
    ),
    "claim first": ("a wait in a new execution", "c is answered 200 of"),
    "turn": ("two reruns, of which a call is made twice", "what turn 2 has stored is overwritten by turn 1"),
    "answered": (
        "a resume of a call that is made twice",
        "the code of attempt 0.1 runs again after its result was stored",
    ),
    "active": ("links of a step that exits, and a crash", "a run that had succeeded is failed"),
    "pauses": (
        "two reruns, of which a call is made twice",
        "the code of attempt 0.2 runs again after its result was stored",
    ),
    "twin": (
        "two reruns, of which a call is made twice",
        "the code of attempt 0.2 runs again after its result was stored",
    ),
    "stream": ("a rerun, and a crash", "wait 0.1 was resumed by 'a', and nobody wakes the run"),
    "stream stops": ("a stop of a poll, and a crash", "the run has cancelled, and an execution waits on: delay"),
    "stream starts": ("a retry, and a crash", "the run is running, and has 0 executions"),
    "reads": ("a resume of a call that is made twice", "its step has the data of ''"),
    "told winner": ("a wait in a new execution", "c is answered 200 of"),
    "one name": ("a wait in a new execution", "the run is paused, and has 2 executions"),
    "rolled": ("a stop in a new execution", "the run has cancelled, and an execution waits on: delay"),
    "from turn": ("a retry, and a late repetition", "a failure from before the retry ends the run that goes on"),
    "trouble": ("a resume and a cancel, and trouble", "the run has failed, and nothing explains it"),
    "closes": ("an execution that is killed", "the run is running, and has 0 executions"),
}
"""Of each rule: a scenario that breaks without it, and how."""

FOR_EACH_OTHER = {
    "closed": ("rolled", "a stop of a wait in a new execution", "the run has cancelled, and an execution waits on"),
    "Park": ("stream", "a wait in a new execution", "and nobody wakes the run"),
    "Record failure": ("closes", "a retry, and a crash", "the run is running, and has 0 executions"),
}
"""Rules that stand in for each other. Without Park's condition the stream would have both, outcome and token."""


@pytest.mark.parametrize("rule", NEEDED)
def test_a_rule_that_is_left_out_is_missed(rule: str):
    """The search comes to a state that it forbids, and tells the way."""
    name, broken = NEEDED[rule]

    found = search(replace(SMALL[name], without=frozenset({rule})))

    assert broken in found.broken, str(found)
    assert len(found.trace) > 2


@pytest.mark.parametrize("rule", FOR_EACH_OTHER)
def test_of_two_rules_that_stand_in_for_each_other_one_is_needed(rule: str):
    """Without the one nothing is lost yet; without both it is."""
    other, name, broken = FOR_EACH_OTHER[rule]

    assert search(replace(SMALL[name], without=frozenset({rule}))).broken == ""
    assert broken in search(replace(SMALL[name], without=frozenset({rule, other}))).broken


def test_a_retry_that_does_not_look_at_the_failure_is_caught():
    """A slow request to retry sets a run going that another one has retried, and that has ended since."""
    found = search(replace(RETRY_TWICE, without=frozenset({"retry once"})))

    assert found.broken != "", str(found)


def test_every_rule_is_left_out_once():
    """None is only claimed."""
    assert {*NEEDED, *FOR_EACH_OTHER, "retry once"} == set(RULES)


def test_a_counterexample_reads_as_a_story():
    """Each line is one effect, in the order in which they happened."""
    found = search(replace(SMALL["a resume and a cancel, and a crash"], without=frozenset({"stream"})))

    assert found.broken == "wait 0.1 was resumed by 'a', and nobody wakes the run"
    assert found.trace == (
        "Run step 0",
        "Invocation of turn 1: load",
        "Invocation of turn 1: code",
        "Invocation of turn 1: pause",
        "Invocation of turn 1: answer",
        "Park",
        "a asks to resume",
        "a: load",
        "a: claim",
        "a: wake: dies before it",
    )
