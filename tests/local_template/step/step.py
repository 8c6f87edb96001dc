"""Does what its event says."""

import json
import os
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from shared_by_layer import GREETING

LOADED = time.time_ns()


def ask(path: str) -> list[Any]:
    """What the Runtime API says to a request about an invocation: its status and the type of its error."""
    connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    method = "GET" if path.endswith("next") else "POST"
    connection.request(method, f"/2018-06-01/runtime/invocation/{path}", "{}" if method == "POST" else None)
    answer = connection.getresponse()
    return [answer.status, json.loads(answer.read() or "{}").get("errorType")]


def handler(event: dict[str, Any], context: Any) -> Any:
    match event.get("do"):
        case "print":
            print("a line")
            print("another line", file=sys.stderr)
            print("\n".join(f"{number} {'x' * event['length']}" for number in range(event.get("lines", 0))), end="")
        case "raise":
            raise ValueError("told to")
        case "sleep":
            print("asleep")
            time.sleep(event["seconds"])
        case "post":
            return [ask(path.format(own=context.aws_request_id)) for path in event["paths"]]
        case "exit":
            os._exit(event["code"])
        case "large":
            return "x" * event["bytes"]
        case "environment":
            return {"environment": dict(os.environ), "path": sys.path, "cwd": str(Path.cwd())}
    return {"loaded": LOADED, "greeting": GREETING, "pid": os.getpid(), "arn": context.invoked_function_arn, **event}
