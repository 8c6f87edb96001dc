"""Returns a record of a data store; if there is none, it can make one. Stands for the Pipedream actions
data_stores-get-record-or-create and data_stores-get-record.
"""

import json

MISSING = object()


def handler(pd):
    key = str(pd.inputs["key"]) if isinstance(pd.inputs["key"], int) else pd.inputs["key"]
    store = pd.inputs["dataStore"]
    pd.export("key", key)
    record = store.get(key, MISSING)
    if record is not MISSING:
        return record
    if pd.inputs.get("addRecordIfNotFound") != "Yes":
        return None
    value, ttl = parsed(pd.inputs.get("value")), int(pd.inputs.get("ttl") or 0) or None
    store.set(key, value, ttl=ttl)
    return {"value": value, "ttl": ttl} if ttl else value


def parsed(value):
    """What a text says that is JSON; other texts and values as they are."""
    try:
        return json.loads(value, parse_constant=str) if isinstance(value, str) else value
    except ValueError:
        return value
