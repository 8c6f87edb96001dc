"""Returns whether a data store has a key, and can create a missing record. Stands for the Pipedream action
data_stores-has-key-or-create.
"""

import json


def handler(pd):
    key = pd.inputs["key"]
    if isinstance(key, int):
        key = str(key)
    store = pd.inputs["dataStore"]
    if key in store:
        return {"existingKeyFound": True, "newKeyCreated": False}
    if pd.inputs.get("addRecordIfNotFound") != "Yes":
        return {"existingKeyFound": False, "newKeyCreated": False}
    value = parsed(pd.inputs.get("value"))
    ttl = int(pd.inputs.get("ttl") or 0) or None
    store.set(key, value, ttl=ttl)
    return {"existingKeyFound": False, "newKeyCreated": True, "value": value, "ttl": ttl}


def parsed(value):
    """The value of a text that is JSON; any other text or value unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=str)
    except ValueError:
        return value
