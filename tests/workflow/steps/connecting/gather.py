def handler(pd):
    return {"items": [{"the id": 7}]}
