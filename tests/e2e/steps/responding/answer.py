"""Answers as its caller asks for, and goes on until a service says that it may."""

import base64
import json
import time
import urllib.request


def handler(pd):
    event = pd.steps["trigger"]["event"]
    wanted = event["body"] or {"body": event["path"]}
    if "bytes" in wanted:
        wanted["body"] = base64.b64decode(wanted.pop("bytes"))
    until = wanted.pop("until", "")
    pd.respond(wanted)
    pd.respond({"status": 500, "body": "only the first response counts"})
    while until and not json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(until)):
        time.sleep(0.05)
    return "after the response"
