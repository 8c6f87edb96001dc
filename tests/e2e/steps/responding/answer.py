"""Answers as its caller asks for, and goes on until a file is there."""

import base64
import time
from pathlib import Path


def handler(pd):
    event = pd.steps["trigger"]["event"]
    wanted = event["body"] or {"body": event["path"]}
    if "bytes" in wanted:
        wanted["body"] = base64.b64decode(wanted.pop("bytes"))
    until = wanted.pop("until", "")
    pd.respond(wanted)
    pd.respond({"status": 500, "body": "only the first response counts"})
    while until and not Path(until).exists():
        time.sleep(0.02)
    return "after the response"
