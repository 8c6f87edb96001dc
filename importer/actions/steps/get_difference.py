"""Returns the records of one data store whose keys another one lacks. Stands for the Pipedream action
data_stores-get-difference.
"""


def handler(pd):
    others = set(pd.inputs["dataStoreB"].keys())
    records = {key: value for key, value in pd.inputs["dataStoreA"].items() if key not in others}
    if pd.inputs.get("returnType") == "array":
        return [{"key": key, "value": value} for key, value in records.items()]
    return records
