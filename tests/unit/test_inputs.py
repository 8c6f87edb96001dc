"""pd.inputs: what a step's file of inputs becomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from interlude.errors import BadInputs
from interlude.pd import accounts, inputs
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.data_stores import DataStore
from interlude.pd.flow import Flow
from interlude.settings import settings

STEPS = {"trigger": {"event": {"name": "Ada", "evil": {"$account": "slack"}}}, "fetch": {"$return_value": [1, 2]}}


@pytest.fixture
def folder(as_step: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A function of the step `notify`, which has one account."""
    monkeypatch.setenv("STEP", "notify")
    monkeypatch.setattr(accounts, "account", lambda name, wanted_by: {"name": name, "wanted_by": wanted_by})
    settings.cache_clear()
    return as_step


def write(folder: Path, value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    (folder / "notify.inputs.json").write_text(text, encoding="utf-8")


def load(**given: Any) -> dict[str, Any]:
    return inputs.load("notify", lambda: STEPS, given)


def problem() -> str:
    with pytest.raises(BadInputs) as refused:
        load()
    return str(refused.value)


@pytest.mark.usefixtures("folder")
def test_a_step_without_a_file_has_no_inputs():
    """An empty dict, which the step may fill."""
    assert load() == {}


def test_inputs_are_what_the_file_says(folder: Path):
    """Plain values as they are, paths resolved at any depth, keys left alone."""
    write(
        folder,
        {
            "n": 1.5,
            "list": [True, None, "{{steps.fetch.$return_value[1]}}"],
            "text": "Hello {{event.name}}",
            "deep": {"{{event.name}}": {"all": "{{steps.fetch.$return_value}}", "gone": "{{event.gone}}"}},
        },
    )

    assert load() == {
        "n": 1.5,
        "list": [True, None, 2],
        "text": "Hello Ada",
        "deep": {"{{event.name}}": {"all": [1, 2], "gone": None}},
    }


def test_an_account_is_under_auth(folder: Path):
    """As pd.inputs["slack"]["$auth"]; whoever cannot have it is told which step and input wanted it."""
    write(folder, {"slack": {"$account": "slack-bot"}})

    assert load()["slack"]["$auth"] == {"name": "slack-bot", "wanted_by": "pd.inputs['slack'] of step 'notify'"}


def test_a_data_store_is_one(folder: Path):
    """By the name that the file gives."""
    write(folder, {"seen": {"$data_store": "customers"}})

    assert isinstance(load()["seen"], DataStore)
    assert repr(load()["seen"]) == "DataStore('customers')"


def test_an_event_that_looks_like_an_account_is_none(folder: Path):
    """Only the file says what is one: a stranger's request must not get at a secret."""
    write(folder, {"evil": "{{event.evil}}"})

    assert load() == {"evil": {"$account": "slack"}}


def test_an_event_that_looks_like_an_expression_is_none(folder: Path):
    """What a path leads to is not read once more."""
    write(folder, {"text": "{{event.script}} {{event.script}}"})
    event = {"script": "{{process.env.API_KEY}}"}

    assert inputs.load("notify", lambda: {"trigger": {"event": event}}, {}) == {
        "text": "{{process.env.API_KEY}} {{process.env.API_KEY}}"
    }


def test_a_dict_that_has_more_is_no_account(folder: Path):
    """It is taken as it is."""
    write(folder, {"a": {"$account": "slack", "x": 1}})

    assert load() == {"a": {"$account": "slack", "x": 1}}


def test_given_inputs_replace_those_of_the_file(folder: Path):
    """As they are, and without a look at what they replace; for a test of the step."""
    write(folder, {"n": 1, "bad": "{{ f() }}"})

    assert load(bad="{{ g() }}", more=[1]) == {"n": 1, "bad": "{{ g() }}", "more": [1]}


SCRIPT = (
    "pd.inputs['text'] of step 'notify' has {{ event.name.toUpperCase() }}, which is JavaScript; only paths such as "
    "{{steps.trigger.event.body.id}} are allowed. Compute the value in an earlier step, and refer to it."
)
ACCOUNT = "pd.inputs['slack'] of step 'notify' has an $account that is a int; it must be the account's name."
STORE = (
    "pd.inputs['seen'] of step 'notify' is a data store. The name of a data store is 'two words'; it must be 1 to 200 "
    "of A-Z, a-z, 0-9, _, . and -."
)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([1], "notify.inputs.json of step 'notify' holds a list; it must hold an object."),
        ({"text": "a {{ event.name.toUpperCase() }}"}, SCRIPT),
        ({"slack": {"$account": 5}}, ACCOUNT),
        ({"seen": [{"$data_store": "two words"}]}, STORE),
    ],
)
def test_a_file_that_cannot_be_used_is_told(folder: Path, value: Any, sentence: str):
    """The step, the input, what is wrong, and what to do."""
    write(folder, value)

    assert problem() == sentence


def test_a_file_that_is_no_json_is_told(folder: Path):
    """With the place, as Python says it."""
    write(folder, '{"a": 1,\n b}')

    assert problem().startswith("notify.inputs.json of step 'notify' is not valid JSON: ")
    assert problem().endswith(": line 2 column 2 (char 10). Correct the file.")


def test_a_file_that_is_no_text_is_told(folder: Path):
    """UTF-8 is what JSON is written in."""
    (folder / "notify.inputs.json").write_bytes(b'{"a": "\xff"}')

    assert problem().startswith("notify.inputs.json of step 'notify' is not valid JSON: ")


def test_inputs_are_the_steps_own(folder: Path):
    """It may change them, and finds them changed; the next attempt finds what the file says."""
    write(folder, {"list": [1]})
    pd, other = (Pd(Flow(1, "resume", dict), Attributes(), lambda: STEPS, print) for _ in range(2))

    pd.inputs["list"].append(2)
    pd.inputs["own"] = True

    assert pd.inputs == {"list": [1, 2], "own": True}
    assert type(pd.inputs) is dict
    assert other.inputs == {"list": [1]}


def test_a_step_that_asks_for_no_inputs_reads_nothing(folder: Path):
    """Not even a file that is broken, nor the steps before it."""
    write(folder, "broken")

    def never() -> dict[str, Any]:
        raise AssertionError

    Pd(Flow(1, "resume", dict), Attributes(), never, print).export("a", 1)
