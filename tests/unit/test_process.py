"""What a step's code leaves behind in its process: nothing that the next run finds."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from interlude.pd import process, usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.flow import Flow

Step = Callable[..., Any]


@pytest.fixture
def step(as_step: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Step]:
    """Runs a step in a function's process. The first call gives its code; answers what it returned."""
    before = dict(os.environ)

    def run(code: str = "") -> Any:
        if code:
            (as_step / "ask.py").write_text(dedent(code), encoding="utf-8")
        pd = Pd(Flow(1, "resume", dict), Attributes(), dict, print)
        _, error = usercode.run("ask", pd)
        assert error is None, error
        return pd.exports.get("$return_value")

    monkeypatch.setenv("OWN", "the function's")
    monkeypatch.setattr(process, "_own", None)
    process.begin()
    yield run
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


CHANGES = """
    import os

    os.environ["OF_MODULE"] = "from the import"

    def handler(pd):
        found = [os.environ.get(name) for name in ("OWN", "OF_MODULE", "OF_RUN")]
        os.environ["OWN"] = os.environ["OF_MODULE"] = os.environ["OF_RUN"] = "of a run"
        os.environ["_X_AMZN_TRACE_ID"] = "Root=1"
        del os.environ["OWN"]
        return found
"""


def test_a_run_s_changes_of_the_environment_end_with_it(step: Step):
    """What it sets, changes and takes away. What its module has set when it was imported stays."""
    found = [step(CHANGES), step(), step()]

    assert found == [["the function's", "from the import", None]] * 3
    assert (os.environ["OWN"], os.environ.get("OF_RUN")) == ("the function's", None)


def test_they_end_where_the_step_fails_too(step: Step):
    """Also by an exit of the process's own."""
    with pytest.raises(AssertionError, match="SystemExit"):
        step("import os\n\ndef handler(pd):\n    os.environ['OF_RUN'] = 'x'\n    raise SystemExit(1)")

    assert "OF_RUN" not in os.environ


def test_what_a_thread_sets_between_two_runs_is_gone_in_the_next(step: Step):
    """It was started by a run that is over."""
    step(CHANGES)
    threading.Thread(target=lambda: os.environ.update(OF_RUN="late", OWN="late")).run()

    assert step() == ["the function's", "from the import", None]


def test_lambda_s_own_variable_of_an_invocation_stays(step: Step, monkeypatch: pytest.MonkeyPatch):
    """Lambda's runtime has set it before the run."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=2")

    assert step("import os\n\ndef handler(pd):\n    return os.environ['_X_AMZN_TRACE_ID']") == "Root=2"


def test_the_time_zone_of_a_run_ends_with_it(step: Step):
    """The C library keeps one of its own."""
    before = time.tzname
    step("import os, time\n\ndef handler(pd):\n    os.environ['TZ'] = 'Asia/Tokyo'\n    time.tzset()")

    assert time.tzname == before


FORKS = """
    import os
    import sys

    def handler(pd):
        child = os.fork()
        if not child:
            {what}
        os.environ["OF_RUN"] = "x"
        pd.export("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        return "the parent's"
"""


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("return 'the child’s'", 0),
        ("sys.exit(3)", 3),
        ("sys.exit('a reason')", 1),
        ("sys.exit()", 0),
        ("raise ValueError('of the child')", 1),
        ("os._exit(4)", 4),
    ],
)
def test_a_child_that_a_step_forks_ends_where_the_step_s_code_does(
    step: Step, as_step: Path, what: str, status: int, monkeypatch: pytest.MonkeyPatch
):
    """It stores nothing, answers nobody, and fails no run: its parent goes on, and may ask how it ended."""
    parent = os.getpid()
    monkeypatch.setattr(usercode, "_exports_of_failed", lambda _: os._exit(99) if os.getpid() != parent else "{}")
    (as_step / "ask.py").write_text(dedent(FORKS.format(what=what)), encoding="utf-8")
    pd = Pd(Flow(1, "resume", dict), Attributes(), dict, print)

    _, error = usercode.run("ask", pd)
    if os.getpid() != parent:
        os._exit(98)  # the child must not come back

    assert (error, pd.exports) == (None, {"status": status, "$return_value": "the parent's"})


def test_a_child_that_a_module_forks_ends_where_the_module_does(step: Step, as_step: Path):
    """It would begin to work as a function's process beside its parent."""
    parent = os.getpid()
    code = """
        import os

        child = os.fork()
        STATUS = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if child else None

        def handler(pd):
            return STATUS
    """
    returned = step(code)
    if os.getpid() != parent:
        os._exit(98)

    assert returned == 0


def test_what_a_child_prints_is_not_lost(step: Step, capfd: pytest.CaptureFixture[str]):
    """Its streams are flushed; what it raised is in the log."""
    step(FORKS.format(what="sys.stdout.write('said by the child'); raise ValueError('of the child')"))

    said = capfd.readouterr()
    assert "of the child" in said.out + said.err
