"""How moto 5.2.5 invokes a function; here whoever was plugged in by run_functions_with() does."""

import json
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse

from local.invocations import Invoke, Invoker
from local.moto_differences.patch import replace


def _nobody(function_name: str, _qualifier: str | None, _payload: bytes) -> tuple[bytes, str | None]:
    text = f"Nothing runs {function_name}: call run_functions_with() first."
    return json.dumps({"errorType": "Local.NoInvoker", "errorMessage": text}).encode(), "Unhandled"


_invoker: Invoker = _nobody
_start: Invoke | None = None


def run_functions_with(invoker: Invoker | None, start: Invoke | None = None) -> None:
    """From now on every invocation, by a client or by a state machine, is answered by the invoker.

    `start` is the invoker in the form that comes back at once. Without it the engine has a thread wait for each answer.
    """
    global _invoker, _start
    _invoker, _start = invoker or _nobody, start


def start() -> Invoke | None:
    """The form that comes back at once, if there is one."""
    return _start


def invoke(name: str, qualifier: str | None, payload: bytes) -> tuple[bytes, str | None]:
    """What the invoker answers."""
    return _invoker(name, qualifier, payload)


def install() -> None:
    # moto: runs code in Docker, marks errors as "Handled", takes no Qualifier from the query and cuts at 6,000,000
    # bytes. AWS: runs it, says "Unhandled", and answers Event and DryRun without a payload.
    def invoke(self: LambdaResponse) -> tuple[int, dict[str, str], bytes]:
        name = urllib.parse.unquote(self.path.rsplit("/", 2)[-2])
        function = self.backend.get_function(name, self.querystring.get("Qualifier", [None])[0])
        payload = self.body.encode() if isinstance(self.body, str) else self.body
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return 204, {"status": "204"}, b""
        if kind == "Event":
            _in_background(function, payload or b"{}")
            return 202, {"status": "202"}, b""
        answer, error = _invoke(function, payload or b"{}")
        headers = {"content-type": "application/json", "x-amz-executed-version": str(function.version)}
        if error:
            headers["x-amz-function-error"] = error
        return 200, headers, answer

    replace(LambdaResponse, "invoke", invoke)

    # moto: calls the function of a queue or topic inside of the request that sent the message. AWS: some time later.
    messages = ThreadPoolExecutor(1, "messages")

    def invoke_with_records(self: LambdaFunction, body: str, _request: Any, _response: Any) -> bytes:
        messages.submit(_invoke, self, body.encode())
        return b"{}"

    replace(LambdaFunction, "invoke", invoke_with_records)


def _invoke(function: LambdaFunction, payload: bytes) -> tuple[bytes, str | None]:
    version = str(function.version)
    return _invoker(function.function_name, version if version.isdigit() else None, payload)


def _in_background(function: LambdaFunction, payload: bytes) -> None:
    threading.Thread(target=_invoke, args=(function, payload), daemon=True).start()
