"""local.console: what takes long is said while it takes long."""

import threading

import pytest

from local import console


def test_what_takes_long_is_said_meanwhile(monkeypatch: pytest.MonkeyPatch):
    said = threading.Event()
    monkeypatch.setattr(console, "_SLOW_S", 0)
    monkeypatch.setattr(console, "say", lambda line: said.set() if line == "Waiting …" else None)

    with console.says_if_slow("Waiting …"):
        assert said.wait(30)


def test_what_is_quick_is_not_said(capsys: pytest.CaptureFixture[str]):
    before = threading.active_count()

    with console.says_if_slow("Waiting …"):
        timer = next(each for each in threading.enumerate() if isinstance(each, threading.Timer))
    timer.join(30)

    assert threading.active_count() <= before
    assert capsys.readouterr().out == ""
