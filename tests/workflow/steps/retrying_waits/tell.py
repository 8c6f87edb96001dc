def handler(pd):
    return {"ask": pd.steps["ask"], "resume": pd.context["resume"]}
