from hit import hit


def handler(pd):
    job = pd.steps["trigger"]["event"]["body"]
    runs = pd.context["run"]["runs"]
    hit(job["run"], f"poll{runs}")
    pd.flow.rerun(1_000, None, job["reruns"])
    return {"runs": runs}
