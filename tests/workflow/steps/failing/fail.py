from tests.workflow import outside


def handler(pd):
    if outside.count(pd, "fail"):
        raise LookupError("nothing there")
