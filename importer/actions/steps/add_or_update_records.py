"""Writes several records of a data store. Stands for the Pipedream action data_stores-add-update-multiple-records."""

import json


def handler(pd):
    data, ttl = parsed(pd.inputs["data"]), int(pd.inputs.get("ttl") or 0) or None
    records = {}
    for part in data if isinstance(data, list) else [data]:
        records |= {key: parsed(value) for key, value in part.items()}
    for key, value in records.items():
        pd.inputs["dataStore"].set(key, value, ttl=ttl)
    return records


def parsed(value):
    """What a text says that is JSON; other texts and values as they are."""
    try:
        return json.loads(value, parse_constant=str) if isinstance(value, str) else value
    except ValueError:
        return value
