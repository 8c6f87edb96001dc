"""Writes several records of a data store. Stands for the Pipedream action data_stores-add-update-multiple-records."""

import json


def handler(pd):
    data = parsed(pd.inputs["data"])
    ttl = int(pd.inputs.get("ttl") or 0) or None
    if not isinstance(data, list):
        data = [data]
    records = {}
    for part in data:
        records |= {key: parsed(value) for key, value in part.items()}
    for key, value in records.items():
        pd.inputs["dataStore"].set(key, value, ttl=ttl)
    return records


def parsed(value):
    """The value of a text that is JSON; any other text or value unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=str)
    except ValueError:
        return value
