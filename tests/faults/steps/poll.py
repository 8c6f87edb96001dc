"""Reruns once and hands out its links; exports what the second run got."""

from tests.faults import outside


def handler(pd):
    outside.ran(pd, "poll")
    run = pd.context["run"]
    if run["runs"] == 1:
        delay_ms = pd.steps["trigger"]["event"].get("delay_ms", 60_000)
        links = pd.flow.rerun(delay_ms, context="from the first run")
        return {"links": links}
    return {"context": run["context"], "callback": run.get("callback_request")}
