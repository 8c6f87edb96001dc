from hit import hit


def handler(pd):
    hit(pd.steps["trigger"]["event"]["body"]["run"], "three")
    return {"step": 3}
