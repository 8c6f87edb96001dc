"""Searches all records of a data store for a text. Returns its places, such as `customers.0.name`. Stands for the
Pipedream action data_stores-get-record-keys.
"""

import json


def handler(pd):
    query = fold(pd, pd.inputs["query"])
    matches = str.__contains__ if pd.inputs.get("contains") else str.__eq__
    found = [
        (path, value) for path, value in leaves(dict(pd.inputs["dataStore"].items())) if matches(fold(pd, value), query)
    ]
    return {
        "hasRegisteredKeys": bool(found),
        "keys": [path for path, _ in found],
        "values": [value for _, value in found],
    }


def leaves(value, path=""):
    if not isinstance(value, dict | list):
        return [(path, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [leaf for key, item in items for leaf in leaves(item, f"{path}.{key}" if path else f"{key}")]


def fold(pd, value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text.lower() if pd.inputs.get("caseInsensitive") else text
