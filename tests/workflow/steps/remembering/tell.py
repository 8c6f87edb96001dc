def handler(pd):
    return dict(pd.inputs["seen"].items())
