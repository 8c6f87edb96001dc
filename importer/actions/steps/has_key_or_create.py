"""Tells whether a data store has a key; if not, it can make the record. Stands for the Pipedream action
data_stores-has-key-or-create.
"""

import json


def handler(pd):
    key = str(pd.inputs["key"]) if isinstance(pd.inputs["key"], int) else pd.inputs["key"]
    store = pd.inputs["dataStore"]
    if key in store:
        return {"existingKeyFound": True, "newKeyCreated": False}
    if pd.inputs.get("addRecordIfNotFound") != "Yes":
        return {"existingKeyFound": False, "newKeyCreated": False}
    value, ttl = parsed(pd.inputs.get("value")), int(pd.inputs.get("ttl") or 0) or None
    store.set(key, value, ttl=ttl)
    return {"existingKeyFound": False, "newKeyCreated": True, "value": value, "ttl": ttl}


def parsed(value):
    """What a text says that is JSON; other texts and values as they are."""
    try:
        return json.loads(value, parse_constant=str) if isinstance(value, str) else value
    except ValueError:
        return value
