import os


def handler(pd: "pipedream"):
    return {"region": os.environ["CLEANUP_REGION"], "day": pd.steps["trigger"]["event"].get("timezone_configured")}
