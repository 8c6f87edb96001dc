"""Reruns once, keeps the links, and returns its second run's context. The event says what happens meanwhile."""

from tests.workflow import outside


def handler(pd):
    outside.count(pd, "call")
    event = pd.steps["trigger"]["event"]
    if pd.context.run.runs > 1:
        return dict(pd.context["run"])
    links = pd.flow.rerun(event["delay_ms"], {"asked": True}, event.get("max_retries", 1))
    pd.export("links", links)
    if event.get("opened_at_once"):
        outside.open_link(links[event["opened_at_once"]])
    return None
