def handler(pd):
    return {"step": 2}
