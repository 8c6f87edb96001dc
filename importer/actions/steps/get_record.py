"""Returns a record of a data store, and can create a missing one. Stands for the Pipedream actions
data_stores-get-record-or-create and data_stores-get-record.
"""

import json

MISSING = object()


def handler(pd):
    key = pd.inputs["key"]
    if isinstance(key, int):
        key = str(key)
    store = pd.inputs["dataStore"]
    pd.export("key", key)
    record = store.get(key, MISSING)
    if record is not MISSING:
        return record
    if pd.inputs.get("addRecordIfNotFound") != "Yes":
        return None
    value = parsed(pd.inputs.get("value"))
    ttl = int(pd.inputs.get("ttl") or 0) or None
    store.set(key, value, ttl=ttl)
    if not ttl:
        return value
    return {"value": value, "ttl": ttl}


def parsed(value):
    """The value of a text that is JSON; any other text or value unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=str)
    except ValueError:
        return value
