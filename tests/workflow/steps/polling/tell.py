def handler(pd):
    return pd.steps["poll"]["$return_value"]
