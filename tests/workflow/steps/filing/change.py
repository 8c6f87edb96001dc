"""Runs as often as the event says. Notes each run in a file, and fails in the first attempts if the event says so."""

from tests.workflow import outside
from tests.workflow.steps.filing import content


def handler(pd):
    event = pd.steps["trigger"]["event"] or {}
    call = outside.count(pd, "change")
    found = content.read()
    if event.get("changes"):
        content.write({f"change {call}": "done"})
    if call <= event.get("failures", 0):
        raise ConnectionError(f"call {call}")
    if call < event.get("runs", 1):
        pd.flow.rerun(0)
    return found
