"""Reruns itself past the limit, and keeps in its context which runs there were."""


def handler(pd):
    settings = pd.steps["trigger"]["event"]["body"]
    run = pd.context["run"]
    seen = (run["context"] or {"seen": []})["seen"]

    pd.flow.rerun(settings["delay_ms"], {"seen": [*seen, run["runs"]]}, settings["max_retries"])
    return run["context"]
