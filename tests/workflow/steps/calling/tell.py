def handler(pd):
    return pd.steps["call"].get("$return_value")
