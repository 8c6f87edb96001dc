"""Does as its event says for each of its calls: f fails, r reruns, s suspends, c lets somebody call back at once."""

from tests.workflow import outside
from tests.workflow.steps.filing import content


def handler(pd):
    call = outside.count(pd, "work")
    plan = pd.steps["trigger"]["event"]["plan"]
    what = plan[min(call, len(plan)) - 1]
    found = content.read()
    content.write({f"work {call}": "done"})
    links = {}
    if "r" in what:
        links = pd.flow.rerun(60_000, context={"call": call}, max_retries=99)
    if "s" in what:
        links = pd.flow.suspend()
    pd.export("links", links)
    if "c" in what:
        outside.open_link(links["resume_url"], {"body": f"during call {call}"})
    if "f" in what:
        raise ConnectionError(f"call {call}")
    return {"call": call, "context": dict(pd.context["run"]), "resume": pd.context["resume"], "files": found}
