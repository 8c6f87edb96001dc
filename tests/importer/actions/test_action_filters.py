"""Actions that go on or end on a condition. What JavaScript makes of the values is what Pipedream's own steps see."""

from typing import Any

import pytest

from importer.actions import translate
from tests.importer.actions.conftest import Act

CONTINUE = "filter-continue-based-on-condition@0.0.2"
END = "filter-end-based-on-condition@0.0.2"


@pytest.mark.parametrize(
    ("value", "condition", "other", "met"),
    [
        ("New order", "CONTAINS", "ORDER", True),
        ("New order", "NOT_CONTAINS", "ORDER", False),
        (None, "CONTAINS", "x", False),
        (["red", "green"], "CONTAINS", "green", True),
        ("Paid", "TEXT_EQUALS", "paid", True),
        (200, "TEXT_EQUALS", "200", True),
        ("Paid", "TEXT_NOT_EQUALS", "open", True),
        ("invoice-7", "STARTS_WITH", "Invoice", True),
        ("invoice-7", "NOT_STARTS_WITH", "Invoice", False),
        ("a.PDF", "ENDS_WITH", ".pdf", True),
        ("a.PDF", "NOT_ENDS_WITH", ".pdf", False),
        (3, "GREATER_THAN_EQUALS", "3", True),
        ("10", "GREATER_THAN", "9", True),
        ("12.5 EUR", "GREATER_THAN", 12, True),
        (3, "LESS_THAN", "3", False),
        (3, "LESS_THAN_EQUALS", "3", True),
        ("1e3", "EQUALS", 1000.0, True),
        (True, "TRUE", None, True),
        ("false", "TRUE", None, True),
        ([], "TRUE", None, True),
        ({}, "FALSE", None, False),
        ("", "TRUE", None, False),
        (0, "FALSE", None, True),
        (None, "FALSE", None, True),
        (None, "IS_NULL", None, True),
        ("undefined", "IS_NULL", None, True),
        ("", "IS_NULL", None, False),
        (0, "NOT_NULL", None, True),
        ("a", "IN_ARRAY", ["a", "b"], True),
        ("A", "IN_ARRAY", '["a", "b"]', False),
        (1, "IN_ARRAY", ["1"], False),
        (1, "NOT_IN_ARRAY", ["1"], True),
        (True, "IN_ARRAY", [1], False),
        ("id", "KEY_EXISTS", {"id": 0}, True),
        ("id", "KEY_EXISTS", '{"id": null}', False),
        ("id", "KEY_NOT_EXISTS", {"name": "x"}, True),
    ],
)
def test_a_condition_is_met_as_in_pipedream(act: Act, value: Any, condition: str, other: Any, met: bool):
    """One goes on where it is met, the other ends there."""
    props = {"initialValue": "{{steps.before.value}}", "condition": condition, "secondValue": other}
    before = {"before": {"value": value}}

    ran = [act(uses, props, before) for uses in (CONTINUE, END)]

    assert [each.error for each in ran] == [None, None]
    assert [each.ended for each in ran] == [not met, met]


def test_case_counts_where_it_is_asked_for(act: Act):
    """caseSensitive is of texts."""
    props = {"initialValue": "Paid", "condition": "TEXT_EQUALS", "secondValue": "paid", "caseSensitive": True}

    assert act(CONTINUE, props).ended


@pytest.mark.parametrize(
    ("kind", "value", "met"), [("TEXT", "A", True), ("TEXT", 1, True), ("NUMBER", "1.0", True), ("NUMBER", "2", False)]
)
def test_the_items_of_an_array_are_of_the_type_that_is_told(act: Act, kind: str, value: Any, met: bool):
    """With arrayType, 1 and "1" are alike."""
    items: list[Any] = ["a", "1"] if kind == "TEXT" else [1]
    props = {"initialValue": value, "condition": "IN_ARRAY", "secondValue": items, "arrayType": kind}

    assert act(END, props).ended == met


def test_what_is_no_number_fails_the_step(act: Act):
    """As it does on Pipedream."""
    ran = act(CONTINUE, {"initialValue": "many", "condition": "GREATER_THAN", "secondValue": "1"})

    assert ran.error
    assert ran.error.message == "'many' is not a number."


def test_the_messages_are_the_return_value_and_the_reason(act: Act):
    """What goes on returns messageOnContinue, what ends has messageOnEnd for its reason."""
    props = {"condition": "EQUALS", "secondValue": "1", "messageOnContinue": "on", "messageOnEnd": "over"}

    going, ending = act(CONTINUE, {**props, "initialValue": 1}), act(CONTINUE, {**props, "initialValue": 2})

    assert (going.returned, going.ended) == ("on", False)
    assert (ending.returned, ending.ended, ending.reason) == (None, True, "over")


def test_the_earlier_filters_are_translated_too(act: Act):
    """Their values are operands, case counts, and their reasons are given."""
    text = {"valueType": "Text", "condition": "TEXT_EQUALS", "operand1": "Paid", "operand2": "paid"}
    number = {"condition": "LESS_THAN", "operand1": "{{steps.count.$return_value}}", "operand2": "3"}
    counted = {"count": {"$return_value": 2}}

    kept = act("filter-continue-workflow-condition@0.0.2", text)
    ended = act("filter-end-workflow-condition@0.0.1", {**number, "reason": "enough"}, counted)

    assert (kept.ended, kept.reason) == (True, "Condition met for ending workflow")
    assert (ended.ended, ended.reason) == (True, "enough")


def test_a_filter_may_say_itself_what_it_does(act: Act):
    """continueOrEnd is CONTINUE or END."""
    props = {"initialValue": 5, "condition": "EQUALS", "secondValue": 5}
    uses = "filter-end-workflow-execution@0.0.2"

    assert not act(uses, {**props, "continueOrEnd": "CONTINUE"}).ended
    assert act(uses, {**props, "continueOrEnd": "END", "messageOnEnd": "done"}).reason == "done"


def test_a_condition_that_is_not_known_has_no_translation():
    """Dates were compared by some versions."""
    assert translate(CONTINUE, {"initialValue": 1, "condition": "AFTER", "secondValue": 2}) is None


@pytest.mark.parametrize(
    ("condition", "ended"), [("{{steps.before.stop}}", True), ("{{steps.before.none}}", False), (False, False)]
)
def test_a_custom_condition_ends_the_workflow(act: Act, condition: Any, ended: bool):
    """An empty list counts as true, what is not there as false."""
    props = {"condition": condition, "reason": "No record found."}

    ran = act("filter-end-workflow-custom-condition@0.0.2", props, {"before": {"stop": []}})

    assert ran.error is None
    assert (ran.ended, ran.reason) == (ended, "No record found." if ended else "")


@pytest.mark.parametrize(
    ("uses", "props", "reason"),
    [
        ("end-end-workflow@0.0.4", {"reason": "Spam"}, "Spam"),
        ("end-end-workflow@0.0.4", {}, ""),
        ("filter-end-workflow@0.0.1", {}, "Condition met for ending workflow"),
        ("helper_functions-end-workflow@0.2.1", {"reason": "Spam"}, "Spam"),
    ],
)
def test_a_workflow_is_ended_without_a_condition(act: Act, uses: str, props: dict[str, str], reason: str):
    """The condition that is missing is true."""
    ran = act(uses, props)

    assert (ran.ended, ran.reason) == (True, reason)
