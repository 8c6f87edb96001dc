"""Deletes a record of a data store and returns its value. Stands for the Pipedream action
data_stores-delete-single-record.
"""


def handler(pd):
    key = pd.inputs["key"]
    if isinstance(key, int):
        key = str(key)
    pd.export("key", key)
    return pd.inputs["dataStore"].pop(key, None)
