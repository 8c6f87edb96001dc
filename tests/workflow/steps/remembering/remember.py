def handler(pd):
    seen = pd.inputs["seen"]
    first = seen.setdefault("first", pd.context["trace_id"])
    seen["runs"] = seen.get("runs", 0) + 1
    try:
        seen["missing"]
    except TypeError as error:
        return {"first": first, "runs": seen["runs"], "said": str(error), "keys": sorted(seen.keys())}
