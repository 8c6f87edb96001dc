"""Reruns as often and as late as the event says, and hands a context on. Exports what the last run has got."""


def handler(pd):
    event, runs = pd.steps["trigger"]["event"], pd.context["run"]["runs"]
    context = {"done": runs, "large": "c" * 70_000 if event.get("large") else ""}
    if runs > event["reruns"]:
        return runs - 1 and pd.context["run"]["context"]["done"]
    return {"links": pd.flow.rerun(event["delay_ms"], context, event["reruns"])}
