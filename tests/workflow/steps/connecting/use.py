import logging
import os
import sys

AT_IMPORT = os.environ["API_KEY"]


def handler(pd):
    auth = pd.inputs["app"]["$auth"]
    token = auth["oauth_access_token"]
    print("token", token, AT_IMPORT)
    print(auth, file=sys.stderr)
    logging.getLogger("use").error("sent %s", token)
    how = pd.steps["trigger"]["event"].get("how")
    if pd.context["run"]["runs"] > 1:
        return {"context": pd.context["run"]["context"]}
    if how == "rerun":
        pd.flow.rerun(0, {"token": token})
    if how == "exit":
        pd.flow.exit(f"no access for {token}")
    if how == "raise":
        raise ValueError(f"refused: {token}")
    pd.export("length", len(token))
    pd.export("headers", {"Authorization": f"Bearer {token}", "X-Key": AT_IMPORT})
    return {"text": pd.inputs["text"], "id": pd.inputs["id"], "known": isinstance(pd.inputs, dict)}
