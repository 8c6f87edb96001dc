"""Raises the error that the event names."""


def handler(pd):
    event = pd.steps["trigger"]["event"]
    raise type(event["error"], (Exception,), {})(event.get("message", "told to"))
