def handler(pd):
    return {"steps": len(pd.steps)}
