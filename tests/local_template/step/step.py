"""Does what its event says."""

import os
import sys
import time
from pathlib import Path
from typing import Any

from shared_by_layer import GREETING

LOADED = time.time_ns()


def handler(event: dict[str, Any], context: Any) -> Any:
    match event.get("do"):
        case "print":
            print("a line")
            print("another line", file=sys.stderr)
        case "raise":
            raise ValueError("told to")
        case "sleep":
            print("asleep")
            time.sleep(event["seconds"])
        case "exit":
            os._exit(event["code"])
        case "large":
            return "x" * event["bytes"]
        case "environment":
            return {"environment": dict(os.environ), "path": sys.path, "cwd": str(Path.cwd())}
    return {"loaded": LOADED, "greeting": GREETING, "pid": os.getpid(), "arn": context.invoked_function_arn, **event}
