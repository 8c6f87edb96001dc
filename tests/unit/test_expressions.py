"""The expressions in inputs: which are paths, and what they lead to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlude.pd.expressions import NoPath, problems, resolve

STEPS: dict[str, Any] = {
    "trigger": {"event": {"body": {"id": 7, "name": "Ada"}, "list": [1, 2]}, "context": {"id": "run-1"}},
    "Fetch_1": {"$return_value": {"items": [{"x y": 1.5, "}}": "braces", 'a"b': "quote"}], "größe": "L", "0": "zero"}},
    "odd": {"flag": True, "nothing": None, "smile": "hé😀", "one": 1.0, "tiny": 1e-7, "small": 0.00001, "huge": 1e21},
}


def resolved(text: str) -> Any:
    return resolve(text, lambda: STEPS, {"REGION": "eu"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{steps.trigger.event.body.id}}", 7),
        ("{{ event.body }}", {"id": 7, "name": "Ada"}),
        ("{{steps.trigger.context.id}}", "run-1"),
        ('{{steps.Fetch_1.$return_value.items[0]["x y"]}}', 1.5),
        ("{{steps['Fetch_1']['$return_value'].items[ 0 ]['}}']}}", "braces"),
        (r'{{steps.Fetch_1.$return_value.items[0]["a\"b"]}}', "quote"),
        ("{{steps?.Fetch_1?.$return_value?.items?.[0]?.['x y']}}", 1.5),
        ("{{steps.Fetch_1.$return_value.größe}}", "L"),
        ("{{steps.Fetch_1.$return_value[0]}}", "zero"),
        ('{{event.list["1"]}}', 2),
        ("{{event.list.length}}", 2),
        ("{{steps.odd.smile.length}}", 4),
        ("{{steps.odd.smile[1]}}", "é"),
        ("{{process.env.REGION}}", "eu"),
        ("{{env.REGION}}", "eu"),
        ("{{ process . env . REGION }}", "eu"),
        ("\n{{event.list}}\n", [1, 2]),
        ("{{steps.odd.nothing}}", None),
    ],
)
def test_a_text_that_is_one_path_becomes_what_it_leads_to(text: str, value: Any):
    """The value itself, of whatever type."""
    assert resolved(text) == value


@pytest.mark.parametrize(
    "text",
    ["{{steps.gone.x.y}}", "{{event.list[9]}}", "{{event.list['01']}}", "{{event.body.id.x}}", "{{env.GONE}}"],
)
def test_a_path_that_leads_nowhere_is_none(text: str):
    """At whatever part of it nothing is there: undefined in JavaScript, None in Python."""
    assert resolved(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Hello {{event.body.name}}!", "Hello Ada!"),
        ("{{event.body.id}}-{{event.body.id}}", "7-7"),
        ("is {{steps.odd.flag}}, {{steps.odd.nothing}}, {{steps.odd.gone}}", "is true, null, undefined"),
        ("= {{event.body}}", '= {"id":7,"name":"Ada"}'),
        ("= {{event.list}}", "= [1,2]"),
        ("= {{steps.odd.one}} {{steps.odd.tiny}} {{steps.odd.small}} {{steps.odd.huge}}", "= 1 1e-7 0.00001 1e+21"),
        ("{ {x} }} and {{ alone", "{ {x} }} and {{ alone"),
        ("no braces", "no braces"),
        ("", ""),
    ],
)
def test_a_path_in_a_longer_text_is_written_into_it(text: str, value: str):
    """As JavaScript writes values; objects and lists as JSON."""
    assert resolved(text) == value


def test_what_a_path_leads_to_is_a_copy():
    """Who changes an input leaves pd.steps alone."""
    resolved("{{event.body}}")["id"] = 8

    assert STEPS["trigger"]["event"]["body"]["id"] == 7


def test_the_steps_are_read_only_for_a_path_into_them():
    """A path into the environment costs no query."""

    def never() -> dict[str, Any]:
        raise AssertionError

    assert resolve("in {{env.REGION}}", never, {"REGION": "eu"}) == "in eu"


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("{{steps.a.b}} {{event}} {{env.X}}", []),
        ("{{JSON.stringify({a: {b: 1}})}} {{steps.a}}", ["JSON.stringify({a: {b: 1}})"]),
        ("{{{a: 1}}}", ["{a: 1}"]),
        ("{{ `}}` + 1 }} {{ '}}' }}", [" `}}` + 1 ", " '}}' "]),
        ("{{steps.a.b + 1}}{{steps.a()}}", ["steps.a.b + 1", "steps.a()"]),
        ("{{process.env}} {{env}} {{env.A.b}}", ["process.env", "env", "env.A.b"]),
        ("{{$context.id}} {{x}} {{}}", ["$context.id", "x", ""]),
        ("{{it's}} {{steps.a}} {{y}}", ["it's", "y"]),
        ("{{stepsize.a}}", ["stepsize.a"]),
        (r'{{steps["a\u0062"]}}', [r'steps["a\u0062"]']),
    ],
)
def test_what_is_no_path_is_told(text: str, scripts: list[str]):
    """As it stands between its braces, in order."""
    assert problems(text) == scripts


def test_a_script_is_not_run():
    """The error has its text."""
    with pytest.raises(NoPath) as refused:
        resolved("a {{ 1 + 1 }}")

    assert refused.value.expression == " 1 + 1 "


@pytest.mark.parametrize(
    "unit", ["{{", r"{{\'}}", "{{{ ", "{{ { }} ", "{{'", "{{steps.a['", "{{steps .  ", "{{'}}{{\"}}", "   "]
)
def test_a_text_is_read_in_time_with_its_length(unit: str):
    """A million characters are done at once, whatever they are made to be: inputs may hold what a stranger sent."""
    problems(f"{{{{steps{unit * (1_000_000 // len(unit))}")


@given(st.text("{}'\"`\\ .steps[0]$?a", max_size=60))
def test_no_text_breaks_it(text: str):
    """Every text resolves or is told."""
    try:
        resolved(text)
    except NoPath:
        assert problems(text)
    else:
        assert problems(text) == []
