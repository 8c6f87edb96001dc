def handler(pd):
    return pd.steps["count"]["$return_value"]
