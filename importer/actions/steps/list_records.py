"""Returns the records of a data store with the given keys, or all. Stands for the Pipedream action
data_stores-list-records.
"""


def handler(pd):
    wanted = pd.inputs.get("keys")
    records = {key: value for key, value in pd.inputs["dataStore"].items() if not wanted or key in wanted}
    if pd.inputs.get("returnType") == "array":
        return [{"key": key, "value": value} for key, value in records.items()]
    return records
