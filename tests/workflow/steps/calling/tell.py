def handler(pd):
    return pd.steps["call"]["$return_value"]
