"""Runs after the last rerun."""


def handler(pd):
    return pd.steps["count"]["$return_value"]
