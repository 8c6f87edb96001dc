"""Deletes a record of a data store and returns what it was. Stands for the Pipedream action
data_stores-delete-single-record.
"""


def handler(pd):
    key = str(pd.inputs["key"]) if isinstance(pd.inputs["key"], int) else pd.inputs["key"]
    pd.export("key", key)
    return pd.inputs["dataStore"].pop(key, None)
