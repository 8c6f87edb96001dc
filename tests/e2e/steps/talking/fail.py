def handler(pd):
    raise LookupError("nothing was found")
