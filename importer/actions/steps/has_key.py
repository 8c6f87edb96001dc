"""Returns whether a data store has a key. Stands for the Pipedream action data_stores-has-key."""


def handler(pd):
    key = pd.inputs["key"]
    if isinstance(key, int):
        key = str(key)
    return key in pd.inputs["dataStore"]
