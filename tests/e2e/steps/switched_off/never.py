def handler(pd):
    return "ran"
