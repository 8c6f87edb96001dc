"""Reruns past the limit. Its context holds which runs there were."""


def handler(pd):
    run = pd.context["run"]
    seen = run["context"] or []
    pd.flow.rerun(0, [*seen, run["runs"]], pd.steps["trigger"]["event"]["max_retries"])
    return seen
