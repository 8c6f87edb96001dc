"""The one module that calls Lambda: to test one step alone."""

import json
from typing import Any

from botocore.exceptions import ReadTimeoutError

from interlude.aws.clients import TEST_TIMEOUT_S, client


def test_step(function_arn: str, workflow: str, step: str, given: dict[str, Any]) -> dict[str, Any]:
    """The result of `trial.run`. If the function dies or times out, the test has failed."""
    payload = json.dumps({"workflow": workflow, "step": step, "test": given}).encode()
    try:
        answer = client("lambda").invoke(FunctionName=function_arn, Payload=payload)
    except ReadTimeoutError:
        return _failed("TimeoutError", f"The step took longer than the {TEST_TIMEOUT_S} s that a test may take.")
    result: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" not in answer:
        return result
    return _failed(result.get("errorType", "Unhandled"), result.get("errorMessage", ""))


def _failed(kind: str, message: str) -> dict[str, Any]:
    error = {"type": kind, "message": message, "traceback": ""}
    return {"status": "failed", "message": message, "exports": {}, "error": error}
