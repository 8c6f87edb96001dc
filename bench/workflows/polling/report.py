def handler(pd):
    return {"job": pd.steps["poll"]["$return_value"]}
