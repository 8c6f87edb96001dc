"""Answers as its caller asks for, and goes on for a while."""

import base64
import time


def handler(pd):
    event = pd.steps["trigger"]["event"]
    wanted = event["body"] or {"body": event["path"]}
    if "bytes" in wanted:
        wanted["body"] = base64.b64decode(wanted.pop("bytes"))
    after_s = wanted.pop("after_s", 0)
    pd.respond(wanted)
    pd.respond({"status": 500, "body": "only the first response counts"})
    time.sleep(after_s)
    return "after the response"
