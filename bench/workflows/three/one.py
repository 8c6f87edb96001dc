def handler(pd):
    return {"step": 1}
