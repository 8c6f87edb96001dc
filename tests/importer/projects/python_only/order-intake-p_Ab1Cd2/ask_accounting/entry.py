def handler(pd: "pipedream"):
    return pd.flow.suspend(3_600_000)
