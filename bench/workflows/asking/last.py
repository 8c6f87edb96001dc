def handler(pd):
    return {"step": 3}
