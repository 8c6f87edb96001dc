"""Raises an error of the type that the request names."""


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    raise type(body["error"], (Exception,), {})(body.get("message", "told to"))
