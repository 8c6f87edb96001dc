"""local.moto_differences.deliveries: what is sent in a transaction is delivered, by this process or by the next one."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.engine.store import Store
from local.moto_differences import deliveries


class Receiver:
    def __init__(self) -> None:
        self.got: list[Any] = []
        self.deliveries = 0
        self.open = threading.Event()
        self.open.set()
        self.busy = threading.Event()

    def deliver(self, messages: list[Any]) -> None:
        self.busy.set()
        self.open.wait(30)
        self.got += messages
        self.deliveries += 1
        if "broken" in messages:
            raise ValueError("nobody can deliver that")


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    before = deliveries._store
    deliveries.keep_in(made)
    yield made
    deliveries.keep_in(before)
    made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    with ThreadPoolExecutor(1) as executor:
        deliveries.deliver_by("test", executor, made.deliver)
        yield made


def kept(store: Store) -> int:
    return int(store.row("SELECT count(*) FROM deliveries")[0])


def test_what_was_delivered_is_kept_no_longer(store: Store, receiver: Receiver):
    deliveries.send("test", {"number": 1})
    deliveries.send("test", "two")
    deliveries.all_delivered()

    assert (receiver.got, kept(store)) == ([{"number": 1}, "two"], 0)


def test_messages_can_be_delivered_together(store: Store, receiver: Receiver):
    """Those that come before the delivery begins; the next one begins a delivery of its own."""
    deliveries.gather_for("test", 0.001)
    receiver.open.clear()
    try:
        deliveries.send("test", 0)
        receiver.busy.wait(30)
        for number in range(1, 4):
            deliveries.send("test", number)
        assert kept(store) == 4
        receiver.open.set()
        deliveries.all_delivered()
    finally:
        deliveries.gather_for("test", 0)

    assert (receiver.got, receiver.deliveries, kept(store)) == ([0, 1, 2, 3], 2, 0)


def test_what_is_undone_is_not_sent(store: Store, receiver: Receiver):
    def send_and_fail() -> None:
        with store.transaction():
            deliveries.send("test", "undone")
            raise LookupError

    with pytest.raises(LookupError):
        send_and_fail()
    with store.transaction():
        deliveries.send("test", "done")
        assert receiver.got == []
    deliveries.all_delivered()

    assert receiver.got == ["done"]


def test_what_was_under_way_when_a_process_ended_is_delivered_by_the_next(store: Store, receiver: Receiver):
    """In its order, and also what the end of the process has broken off."""
    receiver.open.clear()
    deliveries.send("test", "first")
    deliveries.send("test", "second")
    receiver.busy.wait(30)
    deliveries.keep_in(None)
    receiver.open.set()
    deliveries.all_delivered()
    assert kept(store) == 2

    receiver.got.clear()
    deliveries.keep_in(store)
    deliveries.resume()
    deliveries.all_delivered()

    assert (receiver.got, kept(store)) == (["first", "second"], 0)


def test_what_can_not_be_delivered_is_said_and_kept_no_longer(
    store: Store, receiver: Receiver, capsys: pytest.CaptureFixture[str]
):
    deliveries.send("test", "broken")
    deliveries.all_delivered()

    assert kept(store) == 0
    assert capsys.readouterr().out == "An event could not be delivered: nobody can deliver that\n"
