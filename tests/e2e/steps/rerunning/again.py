"""Reruns in the way that the trigger's body names: each function is one way."""


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    return globals()[body["scene"]](pd, body)


def seen(pd):
    """What each run so far has found in pd.context["run"]."""
    run = pd.context["run"]
    return [*(run["context"] or []), {"runs": run["runs"], "keys": sorted(run)}]


def record_each_run(pd, body):
    pd.flow.rerun(0, seen(pd), body["max_retries"])
    return seen(pd)


def with_the_default_limit(pd, body):
    pd.flow.rerun(0)


def by_pipedream_keywords(pd, body):
    pd.flow.rerun(delay=0, context=seen(pd), maxRetries=2)
    return seen(pd)


def by_python_keywords(pd, body):
    pd.flow.rerun(delay_ms=0, context=seen(pd), max_retries=2)
    return seen(pd)


def hand_over_a_context(pd, body):
    if pd.context["run"]["runs"] == 1:
        pd.flow.rerun(0, body["context"])
    return {"by_key": pd.context["run"]["context"], "by_attribute": pd.context.run.context}


def keep_the_links(pd, body):
    ms = body["ms"] if pd.context.run.runs == 1 else body.get("later_ms", body["ms"])
    links = pd.flow.rerun(ms, {"attempt": pd.context.run.runs}, body["max_retries"])
    run = pd.context["run"]
    return {"links": links, "run": run, "called": "callback_request" in run}


def until_the_third(pd, body):
    if pd.context["run"]["runs"] < 3:
        pd.flow.rerun(0)
    return pd.context["run"]["runs"]


def with_a_set_as_context(pd, body):
    pd.flow.rerun(1, {"found": [1, {"deep": {2}}]})
