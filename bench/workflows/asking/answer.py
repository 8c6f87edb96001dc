from hit import hit


def handler(pd):
    hit(pd.steps["trigger"]["event"]["body"]["run"], "answer")
    return {"step": 2}
