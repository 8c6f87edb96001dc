"""Suspends as its event says."""

from tests.faults import outside


def handler(pd):
    outside.ran(pd, "ask")
    event = pd.steps["trigger"]["event"]
    pd.flow.suspend(event.get("timeout_ms", 60_000), event.get("on_timeout"))
    return "asked" + "." * event.get("more", 0)
