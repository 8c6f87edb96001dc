def handler(pd):
    run = pd.context["run"]
    count = (run["context"] or {"count": 0})["count"]
    pd.flow.rerun(0, {"count": count + 1}, pd.steps["trigger"]["event"]["body"]["reruns"])
    return {"count": count}
