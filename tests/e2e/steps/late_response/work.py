"""Pauses, fails or works for a while, as its caller asks for, before the next step answers."""

import time


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    if body.get("pause"):
        pd.flow.suspend()
    if body.get("fail"):
        raise LookupError("nobody there")
    if body.get("leave"):
        pd.flow.exit()
    time.sleep(body.get("seconds", 0))
