"""How a step's file is found and called, and how its errors are told."""

import io
import json
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from interlude.models import StepError
from interlude.pd import usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.flow import Flow


def run(folder: Path, code: str, step: str = "ask") -> tuple[str, StepError | None]:
    (folder / f"{step}.py").write_text(dedent(code), encoding="utf-8")
    return usercode.run(step, Pd(Flow(1, "resume", dict), Attributes(run={"runs": 1}), dict, print))


def failure(folder: Path, code: str, step: str = "ask") -> StepError:
    text, error = run(folder, code, step)
    assert text == "{}"
    assert error is not None
    return error


def test_a_step_is_a_plain_function(as_step: Path):
    """Its return value and its exports become JSON; it imports nothing of this project."""
    code = """
        def handler(pd):
            pd.export("seen", pd.context.run)
            return [1]
    """

    assert run(as_step, code) == ('{"seen":{"runs":1},"$return_value":[1]}', None)


def test_a_step_may_be_a_coroutine(as_step: Path):
    """`async def handler` is awaited, with a loop of its own."""
    code = """
        import asyncio

        async def handler(pd: "pipedream"):
            await asyncio.sleep(0)
            return "awaited"
    """

    assert run(as_step, code) == ('{"$return_value":"awaited"}', None)


@pytest.mark.parametrize("code", ["def handler(pd): pass", "def handler(pd): return None"])
def test_returning_nothing_exports_nothing(as_step: Path, code: str):
    """$return_value is absent then."""
    assert run(as_step, code) == ("{}", None)


@pytest.mark.parametrize("name", ["json", "http", "email", "code", "asyncio"])
def test_a_step_may_be_called_like_a_library(as_step: Path, name: str):
    """Its file is found by its path; the library stays what it is."""
    import importlib

    library = importlib.import_module(name)

    assert run(as_step, "def handler(pd): return 'mine'", name) == ('{"$return_value":"mine"}', None)
    assert importlib.import_module(name) is library


def test_a_step_is_loaded_once(as_step: Path):
    """As a Lambda environment keeps its modules from one invocation to the next."""
    code = """
        calls = []

        def handler(pd):
            calls.append(1)
            return len(calls)
    """

    first, _ = run(as_step, code)
    second, _ = run(as_step, code)

    assert (first, second) == ('{"$return_value":1}', '{"$return_value":2}')


@pytest.mark.parametrize("code", ["", "handler = 1", "def main(pd): pass"])
def test_a_file_without_a_handler_is_told(as_step: Path, code: str):
    """The sentence names the file and what it lacks."""
    error = failure(as_step, code)

    assert (error.type, error.message) == ("AttributeError", "ask.py has no function handler(pd).")


def test_a_missing_file_is_told(as_step: Path):
    """With its path."""
    text, error = usercode.run("nowhere", Pd(Flow(1, "resume", dict), Attributes(), dict, print))

    assert (text, error.type if error else "") == ("{}", "FileNotFoundError")
    assert error is not None
    assert "nowhere.py" in error.message


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("import no_such_package", "ModuleNotFoundError", "No module named 'no_such_package'"),
        ("def handler(pd) return 1", "SyntaxError", "expected ':' (ask.py, line 1)"),
        ("1 / 0", "ZeroDivisionError", "division by zero"),
    ],
)
def test_an_error_at_import_is_an_error_of_the_step(as_step: Path, code: str, kind: str, message: str):
    """It is told each time that the step is called, for its run to fail with."""
    first, second = failure(as_step, code), failure(as_step, code)

    assert (first.type, first.message) == (kind, message)
    assert (second.type, second.message) == (kind, message)


@pytest.mark.parametrize(
    ("statement", "kind", "message"),
    [
        ("raise ValueError('no')", "ValueError", "no"),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("{}['x']", "KeyError", "'x'"),
        ("return {1}", "NotJson", "The return value is a set ({1}); "),
        ("pd.export('$x', 1)", "BadCall", "pd.export: the name is '$x'; it must be text that does not start with $"),
        ("pd.export('a', [{1}])", "NotJson", "pd.export: a[0] is a set ({1}); "),
        ("pd.flow.suspend('soon')", "BadCall", "pd.flow.suspend: timeout_ms is 'soon'; "),
    ],
)
def test_whatever_a_step_raises_fails_it(as_step: Path, statement: str, kind: str, message: str):
    """What it had exported until then stays."""
    text, error = run(as_step, f"def handler(pd):\n    pd.export('before', 1)\n    {statement}")

    assert text == '{"before":1}'
    assert error is not None
    assert error.type == kind
    assert error.message.startswith(message)


def test_an_export_that_has_become_no_json_fails_the_step_and_is_gone(as_step: Path):
    """It was checked when it was exported; it is the step that changed it afterwards."""
    code = """
        def handler(pd):
            value = []
            pd.export("value", value)
            value.append(value)
    """

    text, error = run(as_step, code)

    assert text == "{}"
    assert error is not None
    assert (error.type, error.message.partition(";")[0]) == ("NotJson", "value[0] contains itself")


def test_a_traceback_starts_at_the_file_of_the_step(as_step: Path):
    """Its author did not write the frames before it."""
    error = failure(
        as_step,
        """
        def handler(pd):
            inner()

        def inner():
            raise ValueError("no")
        """,
    )

    lines = error.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{as_step}/ask.py", line 3, in handler'
    assert lines[-1] == "ValueError: no"
    assert "usercode.py" not in error.traceback


def test_the_traceback_of_a_coroutine_starts_at_the_file_of_the_step(as_step: Path):
    """The event loop is not its author's either."""
    error = failure(as_step, "async def handler(pd):\n    raise ValueError('no')\n")

    assert error.traceback.splitlines()[1] == f'  File "{as_step}/ask.py", line 2, in handler'


def test_a_traceback_keeps_what_a_step_called(as_step: Path):
    """An error inside of a library, or of pd itself, shows the way there."""
    error = failure(as_step, "def handler(pd):\n    pd.flow.delay('x')\n")

    lines = error.traceback.splitlines()
    assert lines[1] == f'  File "{as_step}/ask.py", line 2, in handler'
    assert "flow.py" in error.traceback


def test_long_messages_and_tracebacks_are_cut_in_the_middle(as_step: Path):
    """What an item can hold; the beginning and the end say the most."""
    error = failure(as_step, "def handler(pd):\n    raise ValueError('a' * 50_000 + 'z' * 50_000)\n")

    assert error.message == "a" * 4000 + "\n… 92000 characters left out …\n" + "z" * 4000
    assert len(error.traceback) < 24_100
    assert error.traceback.startswith("Traceback")
    assert error.traceback.endswith("zzz\n")


def test_an_error_that_cannot_say_what_it_is_is_told_all_the_same(as_step: Path):
    """A broken __str__ in a step must not hide its error."""
    error = failure(
        as_step,
        """
        class Odd(Exception):
            def __str__(self):
                raise RuntimeError("no")

        def handler(pd):
            raise Odd
        """,
    )

    assert error.type == "Odd"


@pytest.mark.parametrize(
    ("statement", "kind", "message"),
    [
        ("raise Odd", "Odd", "(the error's own text can't be made)"),
        ("return Odd()", "NotJson", "The return value is a Odd (whose repr fails); "),
        ("pd.export('x', Odd())", "NotJson", "pd.export: x is a Odd (whose repr fails); "),
        ("pd.flow.delay(Odd())", "BadCall", "pd.flow.delay: delay_ms is whose repr fails; "),
    ],
)
def test_an_error_whose_own_text_ends_the_process_fails_the_step(
    as_step: Path, statement: str, kind: str, message: str
):
    """Also where a call of pd only quotes the value."""
    code = f"""
        class Odd(Exception):
            def __str__(self):
                raise SystemExit(1)
            __repr__ = __str__

        def handler(pd):
            {statement}
        """

    error = failure(as_step, code)

    assert error.type == kind
    assert error.message.startswith(message)


def test_the_traceback_is_in_the_log_of_the_step(as_step: Path, capsys: pytest.CaptureFixture[str]):
    """Beside its own prints, where its author looks first: one line of JSON."""
    run(as_step, "def handler(pd):\n    print('mine')\n    raise ValueError('no')\n")

    mine, line = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert mine == "mine"
    assert (told["level"], told["errorType"], told["errorMessage"]) == ("ERROR", "ValueError", "no")
    assert told["message"].rstrip().endswith("ValueError: no")


def test_a_step_that_has_closed_its_log_fails_with_its_own_error(as_step: Path, monkeypatch: pytest.MonkeyPatch):
    """Not with that of writing to it, which would be the next run's, too."""
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)

    assert failure(as_step, "def handler(pd): raise KeyError('mine')").type == "KeyError"
