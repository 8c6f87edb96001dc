"""Which actions there are steps for, and that each of the steps can be deployed as it is."""

import ast
import sys

import pytest

from importer import actions
from importer.actions import Translation, translate
from importer.actions.translation import STEPS

IN_LAMBDA = {"urllib3"}

CODE = {path.stem: path.read_text(encoding="utf-8") for path in STEPS.glob("*.py")}
SOME_PROPS = {"condition": "TRUE", "continueOrEnd": "END"}


def made_of(name: str) -> Translation:
    made = translate(name, SOME_PROPS)
    assert made is not None
    return made


@pytest.mark.parametrize(
    "uses",
    ["spotify-get-artist-top-tracks@0.1.1", "./filterResults/entry.js", "", "helper_functions-trigger-workflow@0.0.1"],
)
def test_an_action_that_is_not_known_has_no_translation(uses: str):
    """The report then says what to write instead."""
    assert translate(uses, {"artistId": "762310"}) is None


@pytest.mark.parametrize("name", sorted(CODE))
def test_every_step_stands_for_some_action(name: str):
    """A file that nothing leads to would be dead."""
    versions = ("@0.0.1", "@0.0.5")
    assert CODE[name] in {made_of(key + version).code for key in actions.ACTIONS for version in versions}


@pytest.mark.parametrize("name", sorted(CODE))
def test_every_step_stands_alone(name: str):
    """Each has a handler(pd) and imports only the standard library and what Lambda's runtime brings."""
    tree = ast.parse(CODE[name], feature_version=(3, 11))

    handlers = [part for part in tree.body if isinstance(part, ast.FunctionDef) and part.name == "handler"]
    assert [argument.arg for argument in handlers[0].args.args] == ["pd"]
    imported = {alias.name for part in ast.walk(tree) if isinstance(part, ast.Import) for alias in part.names}
    imported |= {part.module or "." for part in ast.walk(tree) if isinstance(part, ast.ImportFrom)}
    assert {module.partition(".")[0] for module in imported} <= set(sys.stdlib_module_names) | IN_LAMBDA


@pytest.mark.parametrize("name", sorted(CODE))
def test_every_step_says_which_action_it_stands_for(name: str):
    """Its owner finds the way back; what the docstring names exists."""
    told = (ast.get_docstring(ast.parse(CODE[name])) or "").replace("\n", " ")
    keys = [word.strip(".,") for word in told.split() if "-" in word and word.islower()]

    assert "Pipedream" in told
    assert keys or name in ("end_workflow", "continue_or_end")
    assert set(keys) <= set(actions.ACTIONS)


def test_a_translation_without_need_has_no_notes():
    """Notes are what somebody has to look at."""
    made = translate("email-send-email-to-self@0.4.4", {"subject": "New Guestbook Entry", "text": "{{steps.a.b}}"})

    assert made == Translation(CODE["email_to_self"], {"subject": "New Guestbook Entry", "text": "{{steps.a.b}}"}, ())


def test_a_value_that_an_action_needs_and_lacks_is_told():
    """On Pipedream such a step can be saved, and fails."""
    made = translate("data_stores-get-record@0.0.5", {"key": "models"})

    assert made is not None
    assert made.inputs == {"key": "models"}
    assert made.notes == ("The action has no value for dataStore: give the step one.",)
