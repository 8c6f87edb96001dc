"""Delays. The event says for how long, and whether the links are kept."""

from tests.workflow import outside


def handler(pd):
    outside.count(pd, "delay")
    event = pd.steps["trigger"]["event"]
    if event["kept"]:
        pd.export("links", pd.flow.delay(event["delay_ms"]))
    else:
        pd.flow.delay(event["delay_ms"])
