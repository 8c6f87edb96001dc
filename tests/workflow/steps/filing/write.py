"""Writes files, and pauses if the event says so. Answers with what it found before."""

from tests.workflow import outside
from tests.workflow.steps.filing import content


def handler(pd):
    event = pd.steps["trigger"]["event"] or {}
    outside.count(pd, "write")
    found = content.read()
    content.write(event.get("writes", {}))
    if event.get("races"):
        outside.both.wait()
    if event.get("suspends"):
        pd.flow.suspend()
    return found
