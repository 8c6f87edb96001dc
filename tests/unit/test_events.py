"""The events for `sam local invoke`: each names a function of the template, and the function takes it."""

import json
import shutil
from pathlib import Path

import pytest

from interlude import step

EVENTS = sorted(Path("events").glob("*.json"))

PAUSING = "Workflow execution canceled — this may be due to pd.flow.rerun() usage (not supported in test)"
EXPECTED = {
    "approval-ask": ("failed", "pd.send.email: the stack has no NotifyAddress; deploy it with one to send mail."),
    "approval-publish": ("succeeded", ""),
    "callback-report": ("succeeded", ""),
    "counter-count": ("canceled", PAUSING),
    "counter-report": ("succeeded", ""),
    "poll-report": ("succeeded", ""),
    "poll-wait_for_job": ("canceled", PAUSING),
}


def test_every_event_has_an_expectation() -> None:
    """Whoever adds an event says here what comes of it."""
    assert [path.stem for path in EVENTS] == sorted(EXPECTED)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_the_function_takes_the_event(path: Path, as_step: Path) -> None:
    """An event runs its step in test mode, without a stack."""
    event = json.loads(path.read_text())
    shutil.copytree(Path("functions") / event["workflow"], as_step, dirs_exist_ok=True)

    result = step.handler(event, None)

    assert path.stem == f"{event['workflow']}-{event['step']}"
    assert (result["status"], result["message"]) == EXPECTED[path.stem]
