"""The Lambda Runtime API of one worker process, as awslambdaric asks it.

Called by workers. The process asks for its next invocation, which is answered when there is one, and posts what came of
it. As on AWS, what comes of an invocation is taken once, under its request id, and there is no next one before.
Calls http_server and visitors.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from local import visitors
from local.clock import now_ms
from local.http_messages import HOST, ClientLeft, Request, Response
from local.http_server import HttpServer, listen

_PREFIX = "/2018-06-01/runtime"
_OUTCOME = re.compile(rf"{_PREFIX}/invocation/(?P<request_id>[^/]+)/(?P<kind>response|error)")
_TRACE = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"


@dataclass(frozen=True)
class Invocation:
    """What a worker is asked to do."""

    request_id: str
    arn: str
    timeout: float
    payload: bytes


@dataclass(frozen=True)
class Report:
    """What became of an invocation or of the process: `response`, `error`, `init error`, `timeout` or `exit`.

    `body` is what the process posted.
    """

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
    """Listens on a port of its own, which is how one worker is told from another.

    `on_idle` is called when the process asks for an invocation, `on_report` with what it has posted.
    """

    def __init__(self, on_idle: Callable[[], None], on_report: Callable[[Report], None]) -> None:
        self._on_idle, self._on_report = on_idle, on_report
        self._server = HttpServer(self._answer, for_programs=True)
        self._next: asyncio.Future[Invocation] | None = None
        self._asking: Request | None = None
        self._current = ""
        """The request id of the invocation that was handed out, or answered, last."""
        self._answered = True

    async def open(self) -> str:
        """Listens, and returns host and port."""
        listener = listen(0)
        address = f"{HOST}:{listener.getsockname()[1]}"
        await self._server.start(listener)
        return address

    async def close(self) -> None:
        await self._server.close()

    def hand_out(self, invocation: Invocation) -> bool:
        """Gives an idle process its invocation. False if the process has ended while it was idle."""
        if self._next is None or self._asking is None or self._asking.client_left():
            return False
        self._current, self._answered = invocation.request_id, False
        self._next.set_result(invocation)
        self._next = None
        return True

    async def _answer(self, request: Request) -> Response:
        header = request.headers.get
        # Nobody but a worker has anything to say here, such as what a step has returned.
        if refused := visitors.wrong_host(header) or visitors.not_from_here(header):
            return _json(403, {"message": refused})
        path = request.target.decode("latin-1")
        if request.method == "GET" and path == f"{_PREFIX}/invocation/next":
            return await self._wait_for_next(request)
        if request.method == "POST":
            return await self._take(request, path)
        return Response(404, [], b"")

    async def _wait_for_next(self, request: Request) -> Response:
        if not self._answered:
            return _refuse(Refusal(403, "InvalidStateTransition", "The current invocation is not answered yet"))
        asked = self._next = asyncio.get_running_loop().create_future()
        self._asking = request
        self._on_idle()
        invocation = await asked
        deadline = now_ms() + int(invocation.timeout * 1000)
        headers = [
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(deadline)),
            ("Lambda-Runtime-Invoked-Function-Arn", invocation.arn),
            ("Lambda-Runtime-Trace-Id", _TRACE),
            ("Content-Type", "application/json"),
        ]
        return Response(200, headers, invocation.payload)

    async def _take(self, request: Request, path: str) -> Response:
        try:
            body = await request.body()
        except ClientLeft:
            return Response(400, [], b"")
        if path == f"{_PREFIX}/init/error":
            self._on_report(Report("init error", body))
            return _json(202, {"status": "OK"})
        about = _OUTCOME.fullmatch(path)
        if about is None:
            return Response(404, [], b"")
        if about["request_id"] != self._current:
            return _refuse(Refusal(400, "InvalidRequestID", "Invalid request ID"))
        if self._answered:
            return _refuse(Refusal(403, "InvalidStateTransition", "This invocation was answered before"))
        self._answered = True
        self._on_report(Report(about["kind"], body))
        return _json(202, {"status": "OK"})


def _refuse(refusal: Refusal) -> Response:
    return _json(refusal.status, {"errorMessage": refusal.message, "errorType": refusal.kind})


def _json(status: int, content: dict[str, str]) -> Response:
    return Response(status, [("Content-Type", "application/json")], json.dumps(content).encode())
