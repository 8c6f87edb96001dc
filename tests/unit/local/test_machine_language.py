"""The States Language as local.engine.machines reads it: paths, templates, intrinsics, choices, and what is moto's."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.engine.machines.choices import rule
from local.engine.machines.definition import can_run, compiled
from local.engine.machines.expressions import expression, path, template
from local.engine.machines.failures import PathFailure, Retrier, StateFailure, Unsupported, takes
from local.engine.machines.paths import putter
from tests.unit.local.machine_stage import CALL, PARK, WAIT, one

PROJECT = Path(__file__).parents[3]
DATA = {
    "a": {"b c": [{"n": 1}, {"n": 2}, {"m": 3}]},
    "text": "x",
    "number": 1.5,
    "whole": 2,
    "yes": True,
    "none": None,
    "list": [3, 1, 3],
    "moment": "2026-01-02T03:04:05Z",
}
CONTEXT = {"Execution": {"Name": "e"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$", DATA),
        ("$.text", "x"),
        ("$['text']", "x"),
        ("$.a['b c'][1].n", 2),
        ('$.a["b c"][-1].m', 3),
        ("$.a['b c'][*].n", [1, 2]),
        ("$.a['b c'][1:]", [{"n": 2}, {"m": 3}]),
        ("$.a.*", [[{"n": 1}, {"n": 2}, {"m": 3}]]),
        ("$$.Execution.Name", "e"),
    ],
)
def test_a_path_finds_what_it_names(text: str, value: Any):
    assert path(text)(DATA, CONTEXT) == value


@pytest.mark.parametrize("text", ["$.nothing", "$.text.x", "$.list[3]", "$.list.x", "$.text[0]", "$.none.x"])
def test_a_path_that_leads_nowhere_fails(text: str):
    with pytest.raises(PathFailure, match=r"\$"):
        path(text)(DATA, CONTEXT)


@pytest.mark.parametrize("text", ["text", "$name", "$..n", "$.a[?(@.n == 1)]", "$.", "$.a[", "$.list[0,1]"])
def test_a_path_that_the_engine_does_not_know_is_unsupported(text: str):
    with pytest.raises(Unsupported):
        path(text)


def test_a_result_is_put_where_its_path_says():
    """And the data that it was put into stays as it was."""
    data = {"a": {"b": 1}, "list": [1, 2]}

    assert putter("$")(data, 5) == 5
    assert putter("$.a.c")(data, 5) == {"a": {"b": 1, "c": 5}, "list": [1, 2]}
    assert putter("$.new.deep")(data, 5) == {**data, "new": {"deep": 5}}
    assert putter("$.list[1]")(data, 5) == {"a": {"b": 1}, "list": [1, 5]}
    assert data == {"a": {"b": 1}, "list": [1, 2]}
    with pytest.raises(StateFailure) as failure:
        putter("$.a.b.c")(data, 5)
    assert failure.value.error == "States.ResultPathMatchFailure"


def test_a_template_is_filled_in_where_its_keys_say():
    """In lists, too. What is constant stays, and keys keep their order."""
    filled = template({"b.$": "$.text", "a": [{"n.$": "$$.Execution.Name"}, 1], "c": {"d.$": "States.Array()"}, "e": 1})

    assert json.dumps(filled(DATA, CONTEXT)) == '{"b": "x", "a": [{"n": "e"}, 1], "c": {"d": []}, "e": 1}'


def test_a_template_says_which_field_finds_nothing():
    """In the words of Step Functions."""
    with pytest.raises(StateFailure) as failure:
        template({"a": {"b.$": "$.x"}})({"y": 1}, CONTEXT)

    said = "The JSONPath '$.x' specified for the field 'b.$' could not be found in the input '{\"y\":1}'"
    assert (failure.value.error, failure.value.cause) == ("States.Runtime", said)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Format('{} is {}', $.text, $.number)", "x is 1.5"),
        (r"States.Format('\{\} it\'s {}', $.whole)", "{} it's 2"),
        ("States.Format('{}{}', true, null)", "truenull"),
        ("States.Format($.text)", "x"),
        ("States.Format('{}', $.a)", "{b c=[{n=1}, {n=2}, {m=3}]}"),
        (r"""States.StringToJson('{"a": 1}')""", {"a": 1}),
        ("States.JsonToString($.list)", "[3,1,3]"),
        ("States.Array(1, 'two', $.whole, States.Array())", [1, "two", 2, []]),
        ("States.ArrayPartition($.list, 2)", [[3, 1], [3]]),
        ("States.ArrayContains($.list, 1)", True),
        ("States.ArrayContains($.list, true)", False),
        ("States.ArrayRange(1, 9, 3)", [1, 4, 7]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayGetItem($.list, 1)", 1),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.list)", [3, 1]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.JsonMerge($.a, $$.Execution, false)", {**DATA["a"], "Name": "e"}),  # type: ignore[dict-item]
        ("States.MathAdd(111, -1)", 110),
        ("States.MathAdd($.number, 0)", 2),
        ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
        ("States.StringSplit('a,,b,', ',')", ["a", "b"]),
        ("States.ArrayGetItem( States.StringSplit('a=1', '=') , 1 )", "1"),
    ],
)
def test_an_intrinsic_function_gives_its_value(text: str, value: Any):
    assert expression(text)(DATA, CONTEXT) == value


def test_chance_is_within_its_bounds():
    """The end is not among them, and a seed makes it the same."""
    assert {expression("States.MathRandom(1, 3)")({}, {}) for _ in range(100)} == {1, 2}
    assert len({expression("States.MathRandom(1, 1000, 7)")({}, {}) for _ in range(5)}) == 1
    assert len({expression("States.UUID()")({}, {}) for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "text",
    [
        "States.ArrayGetItem($.list, 3)",
        "States.ArrayGetItem($.list, -1)",
        "States.ArrayGetItem($.text, 0)",
        "States.Format('{} {}', 1)",
        "States.Format('{}', 1, 2)",
        "States.Format('{a}', 1)",
        "States.StringToJson('{')",
        "States.StringToJson('NaN')",
        "States.ArrayRange(1, 2000, 1)",
        "States.ArrayPartition($.list, 0)",
        "States.Base64Decode('*')",
        "States.Hash('a', 'MD4')",
        "States.JsonMerge($.a, $.a, true)",
        "States.MathAdd('a', 1)",
        "States.StringSplit(1, ',')",
    ],
)
def test_an_intrinsic_function_that_fails_says_so(text: str):
    """By a name that a Catch can have."""
    with pytest.raises(StateFailure) as failure:
        expression(text)(DATA, CONTEXT)

    assert failure.value.error == "States.IntrinsicFailure"
    assert text in failure.value.cause


@pytest.mark.parametrize(
    "text", ["States.Upper('a')", "States.Format()", "States.UUID(1)", "States.Array(", "States.Array() x", "upper(1)"]
)
def test_an_expression_that_is_none_is_unsupported(text: str):
    with pytest.raises(Unsupported):
        expression(text)


def holds(**operator: Any) -> bool:
    return rule({"Next": "x", **operator})(DATA, CONTEXT)


@pytest.mark.parametrize(
    ("variable", "operator", "wanted", "expected"),
    [
        ("$.text", "StringEquals", "x", True),
        ("$.text", "StringEquals", "y", False),
        ("$.whole", "StringEquals", "2", False),
        ("$.text", "StringEqualsPath", "$.text", True),
        ("$.text", "StringLessThan", "y", True),
        ("$.text", "StringGreaterThanEquals", "x", True),
        ("$.text", "StringGreaterThanPath", "$.moment", True),
        ("$.whole", "NumericEquals", 2, True),
        ("$.yes", "NumericEquals", 1, False),
        ("$.number", "NumericLessThanEquals", 1.5, True),
        ("$.number", "NumericGreaterThanPath", "$.whole", False),
        ("$.yes", "BooleanEquals", True, True),
        ("$.whole", "BooleanEquals", True, False),
        ("$.yes", "BooleanEqualsPath", "$.yes", True),
        ("$.moment", "TimestampEquals", "2026-01-02T04:04:05+01:00", True),
        ("$.moment", "TimestampLessThan", "2026-01-02T03:04:05.001Z", True),
        ("$.text", "TimestampLessThan", "2026-01-02T03:04:05Z", False),
        ("$.moment", "TimestampGreaterThanEqualsPath", "$.moment", True),
        ("$.moment", "StringMatches", "2026-*Z", True),
        ("$.moment", "StringMatches", r"2026\*Z", False),
        ("$.none", "IsNull", True, True),
        ("$.none", "IsPresent", True, True),
        ("$.nothing", "IsPresent", True, False),
        ("$.nothing", "IsPresent", False, True),
        ("$.yes", "IsNumeric", False, True),
        ("$.number", "IsNumeric", True, True),
        ("$.text", "IsString", True, True),
        ("$.yes", "IsBoolean", True, True),
        ("$.moment", "IsTimestamp", True, True),
        ("$.text", "IsTimestamp", True, False),
    ],
)
def test_a_choice_compares(variable: str, operator: str, wanted: Any, expected: bool):
    """Values of two types are not equal, and neither is above the other."""
    assert holds(Variable=variable, **{operator: wanted}) is expected


def test_a_choice_puts_rules_together():
    yes, no = {"Variable": "$.yes", "BooleanEquals": True}, {"Variable": "$.yes", "BooleanEquals": False}

    assert holds(And=[yes, {"Not": no}])
    assert not holds(And=[yes, no])
    assert holds(Or=[no, yes])
    assert not holds(Or=[no])


def test_a_choice_about_nothing_fails():
    """But for IsPresent."""
    with pytest.raises(StateFailure) as failure:
        holds(Variable="$.nothing", IsNull=True)
    assert failure.value.error == "States.Runtime"


@pytest.mark.parametrize(
    ("names", "error", "expected"),
    [
        (["A"], "A", True),
        (["A"], "B", False),
        (["States.ALL"], "A", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.TaskFailed"], "A", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.TaskFailed"], "States.Runtime", False),
        (["States.TaskFailed"], "States.DataLimitExceeded", False),
        (["States.Timeout"], "States.HeartbeatTimeout", True),
        (["States.HeartbeatTimeout"], "States.Timeout", False),
    ],
)
def test_retry_and_catch_take_errors_as_step_functions_does(names: list[str], error: str, expected: bool):
    assert takes(names, error) is expected


def test_retries_come_after_longer_and_longer_times():
    """With AWS's defaults, up to a longest time, and with jitter anywhere between nothing and it."""
    plain = Retrier.compiled({"ErrorEquals": ["A"]})
    capped = Retrier.compiled({"ErrorEquals": ["A"], "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxDelaySeconds": 5})
    jitter = Retrier.compiled({"ErrorEquals": ["A"], "JitterStrategy": "FULL"})

    assert (plain.max_attempts, [plain.delay_ms(attempt, 0.1) for attempt in range(3)]) == (3, [1000, 2000, 4000])
    assert [capped.delay_ms(attempt, 0.1) for attempt in range(3)] == [3000, 4500, 5000]
    assert [jitter.delay_ms(2, chance) for chance in (0.0, 0.5, 1.0)] == [0, 2000, 4000]
    assert capped.delay_ms(100_000, 0) == 5000


def test_the_engine_runs_the_state_machine_of_the_project():
    """As the template fills it in, with all its states."""
    text = (PROJECT / "statemachine" / "workflow.asl.json").read_text()
    for name in ("Partition", "Table", "Workflow", "Steps", "Options"):
        text = text.replace(f"${{{name}}}", "aws")

    assert list(compiled(text).states) == list(json.loads(text)["States"])


@pytest.mark.parametrize(
    "definition",
    [
        one({"Type": "Map", "ItemProcessor": {}, "End": True}),
        one({"Type": "Parallel", "Branches": [], "End": True}),
        one({**CALL, "Resource": "arn:aws:states:::sqs:sendMessage"}),
        one({**CALL, "Resource": "arn:aws:states:::states:startExecution.sync:2"}),
        one({**CALL, "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
        one({**CALL, "Resource": "arn:aws:states:us-east-1:123456789012:activity:a"}),
        one({**CALL, "Credentials": {"RoleArn": "r"}}),
        one({**CALL, "Assign": {"x": 1}}),
        one({**CALL, "Catch": [{"ErrorEquals": ["A"], "Next": "One", "Assign": {}}]}),
        one({**CALL, "Parameters": {"FunctionName": "f", "InvocationType": "Event"}}),
        one({**CALL, "Parameters": {"a.$": "$..b"}}),
        one({**CALL, "Parameters": {"a.$": "$variable"}}),
        one({**CALL, "End": False}),
        one({**WAIT, "QueryLanguage": "JSONata"}),
        {"QueryLanguage": "JSONata", **one(WAIT)},
        one({**WAIT, "End": False, "Next": "Nowhere"}),
        one({"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "One"}]}),
        {"StartAt": "Nowhere", "States": {}},
        {},
    ],
    ids=str,
)
def test_what_the_engine_does_not_run_is_motos_as_a_whole(definition: dict[str, Any]):
    assert not can_run(json.dumps(definition))


@pytest.mark.parametrize("definition", [one(CALL), one(PARK), one(WAIT), one({"Type": "Succeed"})], ids=str)
def test_the_engine_runs_plain_states(definition: dict[str, Any]):
    assert can_run(json.dumps(definition))
