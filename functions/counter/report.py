"""Runs when there are no reruns left."""


def handler(pd):
    return pd.steps["count"]["$return_value"]
