def handler(pd):
    return {"greeting": "hello"}
