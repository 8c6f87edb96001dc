"""Returns the keys of a data store. Stands for the Pipedream action data_stores-list-keys."""


def handler(pd):
    return list(pd.inputs["dataStore"].keys())
