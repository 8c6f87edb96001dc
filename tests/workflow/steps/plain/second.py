def handler(pd):
    return "not looked at"
