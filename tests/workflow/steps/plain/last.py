def handler(pd):
    return pd.steps["first"]["$return_value"]["greeting"]
