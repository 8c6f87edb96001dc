"""Calls and values that a step may not use: the step fails with a sentence that says what was wrong."""

from typing import Any

import pytest

from .client import Interlude, Run, step

YEAR = "31536000000"
YEAR_AND_1 = "31536000001"

# What a step calls, and what the message has to name: the call, the value, the allowed range.
CALLS: list[tuple[str, list[str]]] = [
    ('pd.flow.suspend("soon")', ["pd.flow.suspend", "timeout_ms", "'soon'", "1", YEAR]),
    ("pd.flow.suspend(-1)", ["pd.flow.suspend", "timeout_ms", "-1", YEAR]),
    ("pd.flow.suspend(0)", ["pd.flow.suspend", "timeout_ms is 0", YEAR]),
    (f"pd.flow.suspend({YEAR_AND_1})", ["pd.flow.suspend", YEAR_AND_1, f"to {YEAR}"]),
    ("pd.flow.suspend(True)", ["pd.flow.suspend", "True", YEAR]),
    ("pd.flow.suspend(None)", ["pd.flow.suspend", "None", YEAR]),
    ('pd.flow.suspend(float("nan"))', ["pd.flow.suspend", "nan", YEAR]),
    ('pd.flow.suspend(float("inf"))', ["pd.flow.suspend", "inf", YEAR]),
    ("pd.flow.suspend([1000])", ["pd.flow.suspend", "[1000]", YEAR]),
    ('pd.flow.suspend(1000, on_timeout="explode")', ["pd.flow.suspend", "on_timeout", "'explode'", "resume", "cancel"]),
    ('pd.flow.delay("1000")', ["pd.flow.delay", "'1000'", "1", YEAR]),
    ("pd.flow.delay(-5)", ["pd.flow.delay", "-5", YEAR]),
    ("pd.flow.delay(0)", ["pd.flow.delay", "is 0", YEAR]),
    (f"pd.flow.delay({YEAR_AND_1})", ["pd.flow.delay", YEAR_AND_1, f"to {YEAR}"]),
    ("pd.flow.delay(datetime.timedelta(seconds=1))", ["pd.flow.delay", "timedelta", YEAR]),
    ("pd.flow.rerun(-1)", ["pd.flow.rerun", "-1", "0", YEAR]),
    ('pd.flow.rerun("soon")', ["pd.flow.rerun", "'soon'", "0", YEAR]),
    (f"pd.flow.rerun({YEAR_AND_1})", ["pd.flow.rerun", YEAR_AND_1, f"to {YEAR}"]),
    ("pd.flow.rerun(True)", ["pd.flow.rerun", "True", YEAR]),
    ('pd.flow.rerun(float("nan"))', ["pd.flow.rerun", "nan", YEAR]),
    ("pd.flow.rerun()", ["pd.flow.rerun", "delay_ms", "0", YEAR]),
    ("pd.flow.rerun(1, None, -1)", ["pd.flow.rerun", "max_retries", "-1", "0"]),
    ("pd.flow.rerun(1, None, 1.5)", ["pd.flow.rerun", "max_retries", "1.5", "0"]),
    ('pd.flow.rerun(1, None, "3")', ["pd.flow.rerun", "max_retries", "'3'", "0"]),
    ("pd.flow.rerun(1, maxRetries=True)", ["pd.flow.rerun", "True", "0"]),
    ("pd.flow.rerun(1, {1, 2})", ["pd.flow.rerun", "context", "set", "{1, 2}"]),
    ('pd.flow.rerun(1, {"a": [{"b": {3}}]})', ["pd.flow.rerun", "context['a'][0]['b']", "set", "{3}"]),
    ('pd.flow.rerun(1, {"when": datetime.date(2026, 1, 2)})', ["pd.flow.rerun", "context['when']", "date"]),
    ('pd.flow.rerun(1, float("nan"))', ["pd.flow.rerun", "context", "nan"]),
    ("pd.flow.rerun(1, {(1, 2): 3})", ["pd.flow.rerun", "context", "key", "(1, 2)"]),
    ('pd.export("file", b"bytes")', ["pd.export", "file", "bytes", "b'bytes'"]),
    ('pd.export("amount", {"eur": decimal.Decimal("1.5")})', ["pd.export", "amount['eur']", "Decimal"]),
    ('pd.export("$return_value", 1)', ["pd.export", "'$return_value'", "$"]),
    ('pd.export("", 1)', ["pd.export", "''"]),
    ("pd.export(1, 1)", ["pd.export", "1"]),
    ('pd.send.email("Hello", "")', ["pd.send.email", "text", "html"]),
    ('pd.send.email(None, "Hello")', ["pd.send.email", "subject", "NoneType"]),
]  # fmt: skip

# What a step returns, and what the message has to name.
VALUES: list[tuple[str, list[str]]] = [
    ("datetime.datetime(2026, 1, 2)", ["The return value", "datetime", "datetime.datetime(2026, 1, 2, 0, 0)"]),
    ('{"rows": [{"id": 1}, {"id": {1}}]}', ["The return value['rows'][1]['id']", "set", "{1}"]),
    ('b"bytes"', ["The return value", "bytes", "b'bytes'"]),
    ('float("inf")', ["The return value", "inf"]),
    ("{(1, 2): 3}", ["The return value", "key", "(1, 2)"]),
    ("pd", ["The return value", "Pd"]),
    ("(n for n in [1])", ["The return value", "generator"]),
]


@pytest.fixture(scope="module")
def runs(own_steps: Interlude) -> dict[str, Run]:
    """A run for each of them, all started before the first is looked at."""
    calls = {code: {"code": code, "returns": False} for code, _ in CALLS}
    values = {code: {"code": code, "returns": True} for code, _ in VALUES}
    return {code: own_steps.start("demanding", body) for code, body in (calls | values).items()}


def error_of(run: Run) -> dict[str, Any]:
    """What a run that failed in its first step says of it."""
    ended = run.end()
    assert ended["status"] == "failed"
    assert ended["wait"] is None
    assert step(ended, "never")["runs"] == 0
    assert ended["error"]["step"] == "demand"
    return ended["error"]


@pytest.mark.parametrize(("code", "named"), CALLS, ids=[code for code, _ in CALLS])
def test_a_bad_call_fails_the_step(runs: dict[str, Run], code: str, named: list[str]) -> None:
    """The message names the call, the value and what is allowed; the traceback shows the step's line."""
    error = error_of(runs[code])

    assert [part for part in named if part not in error["message"]] == [], error["message"]
    assert "value = eval(" in error["traceback"]
    assert "\n" not in error["message"]


@pytest.mark.parametrize(("code", "named"), VALUES, ids=[code for code, _ in VALUES])
def test_a_bad_return_value_fails_the_step(runs: dict[str, Run], code: str, named: list[str]) -> None:
    """The message names the part of the return value that is no JSON."""
    error = error_of(runs[code])

    assert [part for part in named if part not in error["message"]] == [], error["message"]
    assert error["traceback"] != ""


@pytest.mark.parametrize(
    "code",
    [f"pd.flow.delay({YEAR})", "pd.flow.delay(1)", "pd.flow.delay(1.5)", "pd.flow.suspend(1)", "pd.flow.rerun(0)"],
)
def test_the_ends_of_the_range_are_allowed(own_steps: Interlude, code: str) -> None:
    """One millisecond and a year are taken, and so is a fraction."""
    run = own_steps.start("demanding", {"code": code, "returns": False})

    seen = run.wait_until(lambda run: run["status"] in ("paused", "succeeded"), "paused or over")

    assert seen["error"] is None
    run.stop()


@pytest.mark.parametrize("body", ["{", "[1,]", "NaN", "\ufeff{}x", '{"a": 1} trailing'])
def test_a_start_that_is_no_json_is_400(interlude: Interlude, body: str) -> None:
    """POST /workflows/{workflow}/runs says in a sentence what is wrong."""
    answer = interlude.signed.post("/workflows/counter/runs", content=body)

    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]
    assert answer.json()["error"].endswith(".")
