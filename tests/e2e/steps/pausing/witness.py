"""Returns what the step after a pause can see."""


def handler(pd):
    trigger = pd.steps["trigger"]
    return {
        "steps": {name: values for name, values in pd.steps.items() if name != "trigger"},
        "resume": pd.context["resume"],
        "id": pd.context["id"],
        "trace_id": pd.context["trace_id"],
        "trigger_id": trigger["context"]["id"],
        "trigger_trace_id": trigger["context"]["trace_id"],
        "run": pd.context["run"],
    }
