"""The one module that calls Lambda: one step by itself, for test mode."""

import json
from typing import Any

from interlude.clients import client


def test_step(function_arn: str, workflow: str, step: str, given: dict[str, Any]) -> dict[str, Any]:
    """What `trial.run` answers; a function that dies or runs out of time is a test that failed."""
    payload = json.dumps({"workflow": workflow, "step": step, "test": given}).encode()
    answer = client("lambda").invoke(FunctionName=function_arn, Payload=payload)
    result: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" not in answer:
        return result
    message, kind = result.get("errorMessage", ""), result.get("errorType", "Unhandled")
    return {
        "status": "failed",
        "message": message,
        "exports": {},
        "error": {"type": kind, "message": message, "traceback": "".join(result.get("stackTrace") or [])},
    }
