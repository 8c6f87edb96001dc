"""Is started by the error of another workflow."""


def handler(pd):
    return pd.steps["trigger"]["event"]["error"]["msg"]
