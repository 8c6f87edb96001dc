"""local.delegation has another Lambda endpoint run the functions."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.delegation import delegate_to
from local.stack import Function, Stack

STACK = Stack(
    "interlude",
    "us-east-1",
    {"interlude-step": Function("StepFunction", "interlude-step", "arn", "1", "step.handler", Path())},
    {},
    (),
    {},
)


class _Endpoint(BaseHTTPRequestHandler):
    """Answers as Lambda, with the path and the payload that it was called with."""

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"path": self.path, "payload": json.loads(payload)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if b"fail" in payload:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    with HTTPServer(("127.0.0.1", 0), _Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_function_is_called_by_its_logical_id(endpoint: str) -> None:
    """As sam local start-lambda knows it; the payload goes and comes as it is."""
    payload, error = delegate_to(endpoint, STACK, "us-east-1")("interlude-step", "1", b'{"a": 1}')
    assert json.loads(payload) == {"path": "/2015-03-31/functions/StepFunction/invocations", "payload": {"a": 1}}
    assert error is None


def test_an_error_is_passed_on(endpoint: str) -> None:
    """The payload is the error's, and it is marked as one."""
    payload, error = delegate_to(endpoint, STACK, "us-east-1")("interlude-step", "1", b'{"a": "fail"}')
    assert json.loads(payload)["payload"] == {"a": "fail"}
    assert error == "Unhandled"


def test_an_endpoint_that_is_not_there_is_a_fault_of_lambda() -> None:
    """State machines retry it."""
    payload, error = delegate_to("http://127.0.0.1:9", STACK, "us-east-1")("interlude-step", None, b"{}")
    assert json.loads(payload)["errorType"] == "Lambda.ServiceException"
    assert error == "Unhandled"
