"""Sets when a record of a data store expires, or that it never does. Stands for the Pipedream action
data_stores-update-ttl.
"""


def handler(pd):
    key = pd.inputs["key"]
    if isinstance(key, int):
        key = str(key)
    store = pd.inputs["dataStore"]
    option = pd.inputs["ttlOption"]
    if option == "custom":
        option = pd.inputs["ttl"]
    ttl = int(option) or None
    if key not in store:
        return {"success": False, "message": f"No record found with key {key}"}
    store.set_ttl(key, ttl)
    if ttl is None:
        return {"success": True, "key": key, "ttl": None, "message": "Expiration removed"}
    return {"success": True, "key": key, "ttl": ttl}
