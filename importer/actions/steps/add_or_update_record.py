"""Writes a record of a data store. Stands for the Pipedream action data_stores-add-update-record."""

import json


def handler(pd):
    key = pd.inputs["key"]
    if isinstance(key, int):
        key = str(key)
    value = parsed(pd.inputs.get("value"))
    ttl = int(pd.inputs.get("ttl") or 0) or None
    pd.inputs["dataStore"].set(key, value, ttl=ttl)
    return {"key": key, "value": value, "ttl": ttl}


def parsed(value):
    """The value of a text that is JSON; any other text or value unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=str)
    except ValueError:
        return value
