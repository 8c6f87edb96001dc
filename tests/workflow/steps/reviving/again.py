def handler(pd):
    return "a step of a later deployment"
