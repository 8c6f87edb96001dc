def handler(pd):
    return pd.steps["fetch"]
