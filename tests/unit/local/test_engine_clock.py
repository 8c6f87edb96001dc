"""local.engine.clock: timers and their end."""

import threading

import pytest

from local.engine.clock import Clock
from tests.waiting import LIMIT_S


def test_a_clock_is_closed_when_what_its_timer_does_is_over():
    """The store is closed next. Timers that come later do nothing."""
    clock, begun, done = Clock(), threading.Event(), []

    def work() -> None:
        begun.set()
        closing.wait(LIMIT_S)
        done.append("first")

    closing = threading.Event()
    clock.at(clock.now_ms(), work)
    assert begun.wait(LIMIT_S)
    clock.at(clock.now_ms(), lambda: done.append("second"))
    end = threading.Thread(target=clock.close)
    end.start()
    end.join(0.05)
    closing.set()
    end.join(LIMIT_S)

    assert done == ["first"]


def test_a_timer_may_close_its_clock():
    """It does not wait for itself."""
    clock, closed = Clock(), threading.Event()

    def close() -> None:
        clock.close()
        closed.set()

    clock.at(clock.now_ms(), close)

    assert closed.wait(LIMIT_S)


def test_a_timer_that_fails_leaves_the_others_theirs(capsys: pytest.CaptureFixture[str]):
    """And what was wrong is said."""
    clock, done = Clock(), threading.Event()

    def fail() -> None:
        raise OSError("disk full")

    clock.at(clock.now_ms(), fail)
    clock.at(clock.now_ms(), done.set)

    assert done.wait(LIMIT_S)
    clock.close()
    assert "A timer failed: OSError: disk full" in capsys.readouterr().out
