def handler(pd):
    return pd.inputs
