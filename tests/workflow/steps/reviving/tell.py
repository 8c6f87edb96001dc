def handler(pd):
    return {name: pd.steps[name]["$return_value"] for name in ("gather", "work")}
