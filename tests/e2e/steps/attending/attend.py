"""Returns the event that it was started with."""


def handler(pd):
    return pd.steps["trigger"]["event"]
