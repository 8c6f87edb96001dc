"""Hands out links and fails, as its event says for each of its calls: f fails, r reruns, s suspends, w writes badly."""

from tests.workflow import outside


def handler(pd):
    call = outside.count(pd, "ask")
    plan = pd.steps["trigger"]["event"]["plan"]
    what = plan[min(call, len(plan)) - 1]
    links = pd.flow.rerun(60_000, max_retries=99) if "r" in what else pd.flow.suspend()
    pd.export("links", links)
    if "c" in what:
        outside.open_link(links["resume_url"])
    if "w" in what:
        raise ValueError("caf\udce9.txt is not there")
    if "f" in what:
        raise ConnectionError(f"call {call}")
