"""How many callers of hooks wait at the same time, over all environments of the API."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest
from botocore.exceptions import ClientError

from interlude import clock
from interlude.aws import table
from interlude.control import awaiting, waiting_slots
from interlude.control.waiting_slots import slot
from interlude.run import reply
from interlude.settings import settings
from tests.waiting import LIMIT_S
from tests.workflow.world import World

CALLERS = 5
"""The template's default."""


@pytest.fixture
def api(world: World) -> Iterator[World]:
    """This process is the API, and nobody waits."""
    with world.as_function("interlude-api"):
        table.delete(waiting_slots.KEY)
        yield world


@pytest.mark.usefixtures("api")
def test_a_slot_is_there_again_when_its_caller_is_answered():
    """And before that no further caller waits."""
    with ExitStack() as waiting:
        taken = [waiting.enter_context(slot()) for _ in range(CALLERS + 1)]
        with slot() as another:
            assert not another
    with slot() as afterwards:
        assert afterwards

    assert taken == [True] * CALLERS + [False]


@pytest.mark.usefixtures("api")
def test_of_a_crowd_at_one_time_as_many_wait_as_may():
    """Each finds a slot as long as there is one, though all reach for the same."""
    everybody = Barrier(CALLERS * 3, timeout=LIMIT_S)

    def come(_: int) -> bool:
        everybody.wait()
        with slot() as may_wait:
            everybody.wait()
            return may_wait

    with ThreadPoolExecutor(CALLERS * 3) as crowd:
        found = list(crowd.map(come, range(CALLERS * 3)))

    assert found.count(True) == CALLERS


@pytest.mark.usefixtures("api")
def test_the_slot_of_an_environment_that_died_is_free_after_its_lease(monkeypatch: pytest.MonkeyPatch):
    """And when that one was only slow, it does not free what another caller has by then."""
    now = clock.now_ms()
    with ExitStack() as slow, ExitStack() as next_ones:
        for _ in range(CALLERS):
            slow.enter_context(slot())
        monkeypatch.setattr(clock, "now_ms", lambda: now + waiting_slots.LEASE_MS + 5000)
        taken = [next_ones.enter_context(slot()) for _ in range(CALLERS)]
        slow.close()
        with slot() as another:
            assert not another

    assert taken == [True] * CALLERS


@pytest.mark.usefixtures("api")
def test_without_slots_nobody_waits(monkeypatch: pytest.MonkeyPatch):
    """WaitingCallers is 0: no request to the table is made for it."""
    monkeypatch.setenv("WAITING_CALLERS", "0")
    settings.cache_clear()
    monkeypatch.setattr(table, "update", None)

    with slot() as may_wait:
        assert not may_wait


def test_a_caller_that_waits_costs_two_requests_more(world: World):
    """One takes its slot, one gives it back."""
    run_id = world.start("responding", {})
    world.ended(run_id)

    with world.as_function("interlude-api"):
        table.delete(waiting_slots.KEY)
        seen = len(world._requests)
        assert awaiting.response_of(run_id, 1)

    assert world._requests[seen:] == ["UpdateItem", "BatchGetItem", "UpdateItem"]


@pytest.mark.usefixtures("api")
def test_a_caller_does_not_wait_where_aws_is_busy(monkeypatch: pytest.MonkeyPatch):
    """Its run has begun, so it gets 202 and no error, after which it would start another. Its slot is given back."""

    def look(_: str) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchGetItem")

    monkeypatch.setattr(reply, "look", look)

    assert awaiting.response_of("run-1", 25) is None

    items = table.get([waiting_slots.KEY])
    assert [name for name in items[0] if name.startswith("slot_")] == []
