"""Reruns until the limit ends it, and collects the numbers of its runs in the context."""


def handler(pd):
    settings = pd.steps["trigger"]["event"]["body"]
    run = pd.context["run"]
    seen = (run["context"] or {"seen": []})["seen"]

    pd.flow.rerun(settings["delay_ms"], {"seen": [*seen, run["runs"]]}, settings["max_retries"])
    return run["context"]
