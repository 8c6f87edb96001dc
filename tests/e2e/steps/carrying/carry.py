"""Makes a value as large as the trigger's body says, and hands it on in the way that it names."""


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    value = "é" * (body["bytes"] // 2)
    if body["as"] == "return value":
        return value
    if body["as"] == "export":
        return pd.export("large", value)
    if pd.context["run"]["runs"] == 1:
        return pd.flow.rerun(0, value)
    return {"length": len(pd.context["run"]["context"]), "same": pd.context["run"]["context"] == value}
