"""Fails in its first calls of a run, as often as the event says. Exports the size of what it was resumed with."""

from tests.faults import outside


def handler(pd):
    if outside.ran(pd, "stumble") <= pd.steps["trigger"]["event"]["falls"]:
        raise ConnectionError("no answer")
    resume = pd.context["resume"]
    return len(resume["body"]["large"]) if resume else None
