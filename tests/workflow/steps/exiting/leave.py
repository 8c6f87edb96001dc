from tests.workflow import outside


def handler(pd):
    outside.count(pd, "leave")
    pd.flow.suspend()
    pd.flow.exit("no need to go on")
    return "the rest runs"
