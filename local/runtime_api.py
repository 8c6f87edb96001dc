"""The Lambda Runtime API of one worker process, as awslambdaric asks it.

Called by workers. The process asks for its next invocation, which blocks until there is one, and posts what came of
it; both sides meet in two queues. As on AWS, what comes of an invocation is taken once, under its request id, and
there is no next one before. Calls visitors.
"""

import json
import queue
import re
import select
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local import visitors

_PREFIX = "/2018-06-01/runtime"
_OUTCOME = re.compile(rf"{_PREFIX}/invocation/(?P<request_id>[^/]+)/(?P<kind>response|error)")


@dataclass(frozen=True)
class Invocation:
    """What a worker is asked to do."""

    request_id: str
    arn: str
    timeout: float
    payload: bytes


@dataclass(frozen=True)
class Report:
    """What a worker did: `taken`, `response`, `error`, `init error` or `exit`, with the body that it posted."""

    kind: str
    body: bytes = b""
    exit_code: int = 0


@dataclass(frozen=True)
class Refusal:
    """The answer to a request that the state of the process does not allow, in Lambda's words."""

    status: int
    kind: str
    message: str


class RuntimeApi:
    """Listens on a port of its own, which is how one worker is told from another."""

    def __init__(self) -> None:
        self.invocations: queue.Queue[Invocation] = queue.Queue()
        self.reports: queue.Queue[Report] = queue.Queue()
        self._lock = threading.Lock()
        self._current = ""
        """The request id of the invocation that was handed out, or answered, last."""
        self._answered = True
        self._server = _Server(self)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, name="runtime-api", daemon=True).start()

    @property
    def at_work(self) -> bool:
        """Whether an invocation was handed out and is not answered yet."""
        return not self._answered

    def hand_out(self, invocation: Invocation) -> None:
        with self._lock:
            self._current, self._answered = invocation.request_id, False
        self.reports.put(Report("taken"))

    def accept(self, request_id: str, report: Report) -> Refusal | None:
        """Takes what came of the current invocation, or says why not."""
        with self._lock:
            if request_id != self._current:
                return Refusal(400, "InvalidRequestID", "Invalid request ID")
            if self._answered:
                return Refusal(403, "InvalidStateTransition", "This invocation was answered before")
            self._answered = True
        self.reports.put(report)
        return None

    def close(self) -> None:
        """Stops listening. Does not wait for it."""
        threading.Thread(target=self._close, daemon=True).start()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that is killed breaks its connection: that is how it ends here, and no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes: with Nagle's algorithm the second one would wait for 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        if self._refused():
            return
        if self.path != f"{_PREFIX}/invocation/next":
            self._answer(404)
            return
        if self.server.api.at_work:
            self._refuse(Refusal(403, "InvalidStateTransition", "The current invocation is not answered yet"))
            return
        invocation = self.server.api.invocations.get()
        if self._hung_up():
            return  # the process died while it was idle: it has taken nothing, and its exit is reported by itself
        self.server.api.hand_out(invocation)
        deadline = int((time.time() + invocation.timeout) * 1000)  # noqa: TID251 - Lambda has its own clock
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
            "Content-Type": "application/json",
        }
        self._answer(200, headers, invocation.payload)

    def do_POST(self) -> None:
        if self._refused():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        api = self.server.api
        if self.path == f"{_PREFIX}/init/error":
            api.reports.put(Report("init error", body))
            self._say(202, {"status": "OK"})
            return
        about = _OUTCOME.fullmatch(self.path)
        if about is None:
            self._answer(404)
        elif refusal := api.accept(about["request_id"], Report(about["kind"], body)):
            self._refuse(refusal)
        else:
            self._say(202, {"status": "OK"})

    def _refused(self) -> bool:
        """Nobody but a worker has anything to say here, such as what a step has returned."""
        header = self.headers.get
        refused = visitors.wrong_host(header) or visitors.not_from_here(header)
        if refused:
            self.close_connection = True  # its body is still in it
            self._say(403, {"message": refused})
        return bool(refused)

    def _refuse(self, refusal: Refusal) -> None:
        self._say(refusal.status, {"errorMessage": refusal.message, "errorType": refusal.kind})

    def _say(self, status: int, content: dict[str, str]) -> None:
        self._answer(status, {"Content-Type": "application/json"}, json.dumps(content).encode())

    def _hung_up(self) -> bool:
        """Whether the process is gone: it sends nothing while it waits, so what can be read is the end."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def _answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Says nothing: the pool says what was invoked."""
