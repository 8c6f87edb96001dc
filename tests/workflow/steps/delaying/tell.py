def handler(pd):
    return "later"
