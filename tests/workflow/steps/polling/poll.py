"""Reruns until the third run, and throws the links away."""

from tests.workflow import outside


def handler(pd):
    outside.count(pd, "poll")
    if pd.context.run.runs == 3:
        return "DONE"
    pd.flow.rerun(pd.steps["trigger"]["event"]["delay_ms"])
    return None
