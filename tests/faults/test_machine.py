"""The state machine goes through its states as moto's interpreter does in tests/workflow."""

import pytest

from tests.faults.running import Suite

TURN = ["Run step", "Route"]


@pytest.mark.parametrize(
    ("scenario", "schedule", "entered"),
    [
        ("resume x settle", "sfn sfn", ["Begin", *TURN, "Park", *TURN, *TURN, "Finished"]),
        ("cancel x settle", "ada", ["Begin", *TURN, "Park", "Cancelled"]),
        ("stop x delay", "sfn sfn", ["Begin", *TURN, "Delay", *TURN, *TURN, "Finished"]),
        ("resume x step", "ada ada", ["Begin", *TURN, "Park", *TURN, *TURN, "Finished"]),
        ("resume x roll over", "sfn", ["Begin", *TURN, "Roll over", "Finished"]),
        ("stop x step that fails", "sfn", ["Begin", "Run step", "Record failure", "Failed"]),
    ],
)
def test_an_execution_enters_these_states(suite: Suite, scenario: str, schedule: str, entered: list[str]):
    """Whoever moves first in the schedule; the others do not come into it."""
    assert suite.theatre(scenario).entered(schedule) == entered
