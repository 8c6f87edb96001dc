"""Reruns once and hands out its links; exports what the second run got."""

from tests.faults import outside


def handler(pd):
    outside.ran(pd, "poll")
    run = pd.context["run"]
    if run["runs"] == 1:
        links = pd.flow.rerun(60_000, context="from the first run")
        return {"links": links}
    return {"context": run["context"], "callback": run.get("callback_request")}
