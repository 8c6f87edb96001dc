from tests.workflow import outside
from tests.workflow.steps.filing import content


def handler(pd):
    outside.count(pd, "gather")
    content.write({"gathered": "before the failure"})
    if "gather_suspends" in pd.steps["trigger"]["event"]:
        pd.flow.suspend()
    return "gathered"
