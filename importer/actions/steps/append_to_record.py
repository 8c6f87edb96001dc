"""Adds a value to the list that is a record of a data store. Stands for the Pipedream action
data_stores-append-to-record.
"""

import json


def handler(pd):
    key = str(pd.inputs["key"]) if isinstance(pd.inputs["key"], int) else pd.inputs["key"]
    value, ttl = parsed(pd.inputs.get("value")), int(pd.inputs.get("ttl") or 0) or None
    items = pd.inputs["dataStore"].get(key) or []
    if not isinstance(items, list):
        raise TypeError(f"The record {key} is no list, so nothing can be appended to it.")
    pd.inputs["dataStore"].set(key, [*items, value], ttl=ttl)
    return {"key": key, "value": value, "ttl": ttl}


def parsed(value):
    """What a text says that is JSON; other texts and values as they are."""
    try:
        return json.loads(value, parse_constant=str) if isinstance(value, str) else value
    except ValueError:
        return value
