"""Suspends. The event says for how long and what then, and which link somebody opens while this still runs."""

from tests.workflow import outside


def handler(pd):
    outside.count(pd, "ask")
    event = pd.steps["trigger"]["event"] or {}
    links = pd.flow.suspend(event.get("timeout_ms", 86_400_000), event.get("on_timeout"))
    pd.export("links", links)
    if event.get("opened_at_once"):
        outside.open_link(links[event["opened_at_once"]])
    if event.get("fails"):
        raise ValueError("after the call")
    return "asked"
