"""The suite finds what it is for: with one condition of the product gone, a promise is broken and told."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

import pytest

from interlude.control import wakeups
from interlude.models import Mark, Wait
from interlude.run import store
from interlude.turns import outage
from tests.faults.running import Suite

FROM_TURN = "(attribute_not_exists(from_turn) OR from_turn <= :turn)"


@contextmanager
def _cancel_in_two_writes() -> Iterator[None]:
    def claim_cancel(run_id: str, name: str, mark: Mark | None = None) -> tuple[bool, Wait]:
        first, wait = store.claim(run_id, name, "cancelled", mark=mark)
        if first:
            store.cancel(run_id)
        return first, wait

    with patch.object(store, "claim_cancel", claim_cancel):
        yield


def _no_second_look() -> AbstractContextManager[object]:
    go_on = store.go_on
    return patch.object(store, "go_on", lambda run, turn: go_on(run, turn) or True)


def _no_reader() -> AbstractContextManager[object]:
    return patch.object(wakeups, "task_of", lambda _: None)


def _no_trouble_passes() -> AbstractContextManager[object]:
    return patch.object(outage, "is_busy", lambda _: False)


# What is gone, a scenario, the beginning of a schedule that then breaks, and what it breaks.
CONDITIONS = {
    "a wait ends once": ("attribute_not_exists(outcome)", "resume x cancel", "ada bob bob", "1: 2 senders"),
    "a key starts one run": (
        "attribute_not_exists(pk) OR expires_at <= :now",
        "hook x hook with one key",
        "",
        "2: one key",
    ),
    "a turn is stored once": (
        "attribute_not_exists(turn) OR turn < :turn",
        "step x step",
        "sfn old sfn sfn sfn old",
        "5: the run",
    ),
    "a retry leaves old turns behind": (
        FROM_TURN,
        "retry x lost function",
        "ada ada ada ada ada old",
        "4: the run has failed",
    ),
    "Park heeds a stop": (
        "attribute_not_exists(closed)",
        "stop x roll over x stream",
        "ada sfn sfn sfn ada ada ada strm strm strm strm strm sfn new",
        "4: the run has cancelled, and its execution waits on",
    ),
    "only an active run changes": (
        "#status IN (:running, :paused)",
        "stop x settle",
        "ada sfn sfn sfn sfn sfn sfn ada ada ada ada ada",
        "2: ada has",
    ),
}

MECHANISMS = {
    "the stream wakes": (_no_reader, "resume x cancel", "ada ada! bob bob asks-never", "4: 0.1 is resumed"),
    "a cancel is one write": (
        _cancel_in_two_writes,
        "cancel x step that exits",
        "ada ada sfn",
        "4: its wait was cancelled",
    ),
    "a twin looks again": (
        _no_second_look,
        "step x step, rerunning",
        "sfn sfn sfn sfn old sfn sfn old",
        "5: poll (turn 2)",
    ),
    "trouble of the store is repeated": (_no_trouble_passes, "resume x step", "sfn~", "4: the run has failed"),
    "trouble after the code is repeated": (_no_trouble_passes, "resume x step", "sfn sfn~", "4: the run has failed"),
}


@pytest.mark.parametrize(("condition", "scenario", "schedule", "told"), CONDITIONS.values(), ids=CONDITIONS)
def test_the_suite_finds_that_a_condition_is_gone(
    suite: Suite, condition: str, scenario: str, schedule: str, told: str
):
    """The condition is true of everything, wherever a request has it; with it, the same schedule breaks nothing."""
    theatre = suite.theatre(scenario)

    with suite.without(condition):
        broken = theatre.one(schedule)

    assert told in broken.report
    assert not theatre.one(schedule).wrong


@pytest.mark.parametrize(("mutation", "scenario", "schedule", "told"), MECHANISMS.values(), ids=MECHANISMS)
def test_the_suite_finds_that_a_mechanism_is_gone(
    suite: Suite, mutation: Callable[[], AbstractContextManager[object]], scenario: str, schedule: str, told: str
):
    """What keeps the promise is no condition here, but a reader, a transaction, a second look."""
    theatre = suite.theatre(scenario)

    with mutation():
        broken = theatre.one(schedule)

    assert told in broken.report
    assert not theatre.one(schedule).wrong
