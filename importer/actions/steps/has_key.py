"""Tells whether a data store has a key. Stands for the Pipedream action data_stores-has-key."""


def handler(pd):
    key = str(pd.inputs["key"]) if isinstance(pd.inputs["key"], int) else pd.inputs["key"]
    return key in pd.inputs["dataStore"]
