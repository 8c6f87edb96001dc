def handler(pd):
    token = pd.inputs["app"]["$auth"]["oauth_access_token"]
    if pd.steps["trigger"]["event"]["body"].get("fail"):
        raise PermissionError(f"{token} was refused")
    pd.flow.exit(f"done with {token}")
    return {"count": pd.inputs["seen"]["count"]}
