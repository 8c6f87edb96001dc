def handler(pd):
    pd.flow.suspend()
    pd.flow.exit("no need to go on")
    return "the rest runs"
