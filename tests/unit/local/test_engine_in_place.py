"""The engine in moto's place, under mock_aws."""

import sys
import threading

from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.events.models import events_backends

from local import moto_differences
from local.engine import store
from local.moto_differences import engine
from tests.waiting import until


def stands_in(thread: threading.Thread, file: str) -> bool:
    """Whether a thread is in the code of a file just now."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code.co_filename == file


def test_a_reset_waits_for_a_transaction_that_asks_moto():
    """As an execution does that ends while a test ends: it looks for rules in a transaction."""
    moto_differences.install()
    current = engine.current()
    assert current
    with mock_aws():
        reset = threading.Thread(target=BackendDict.reset, daemon=True)
        asked = threading.Thread(target=lambda: events_backends["123456789012"]["eu-west-3"], daemon=True)
        with current.store.transaction():
            reset.start()
            until(lambda: stands_in(reset, store.__file__))
            asked.start()
            until(lambda: not asked.is_alive())
        until(lambda: not reset.is_alive())
