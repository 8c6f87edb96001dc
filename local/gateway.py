"""Serves the routes of a stack over HTTP, as API Gateway's HTTP API would.

Called by server, as a WSGI application. Calls routes, payload, own_routes, and the invoker that it is given.
"""

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as WsgiResponse

from local import own_routes
from local.lambdas import Answer, Invoker
from local.payload import Response, event, json_response, response
from local.routes import Match, Routes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_BODY_LIMIT = 10 * 1024 * 1024
_EVENT_LIMIT = 6 * 1024 * 1024
_INTEGRATION_SECONDS = 30
_HOSTS = ("127.0.0.1", "localhost")

_TOO_LONG = json_response(413, {"message": "Request Too Long"})
_BROKEN = json_response(500, {"message": "Internal Server Error"})
_LATE = json_response(503, {"message": "Service Unavailable"})
_UNKNOWN = json_response(404, {"message": "Not Found"})


class Gateway:
    """A WSGI application. `domain` is host and port as clients write them."""

    def __init__(
        self,
        routes: Routes,
        invoke: Invoker,
        domain: str,
        say: Callable[[str], None],
    ) -> None:
        self._routes, self._invoke, self._domain, self._say = routes, invoke, domain, say
        # A late function runs on after its caller was answered: it needs a thread that is not the request's.
        self._integrations = ThreadPoolExecutor(200, "integration")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started = time.monotonic()
        request = Request(environ)
        request.max_content_length = _BODY_LIMIT
        raw_path = urlsplit("http://local" + environ.get("RAW_URI", request.path)).path or "/"
        answer = self._answer(request, raw_path)
        took = round((time.monotonic() - started) * 1000)
        self._say(f"{request.method} {without_secrets(raw_path)} {answer.status} {took} ms")
        return WsgiResponse(answer.body, answer.status, answer.headers)(environ, start_response)

    def _answer(self, request: Request, raw_path: str) -> Response:
        if refused := _refusal(request):
            return refused
        if raw_path.startswith("/local/"):
            return _cross_site(request) or own_routes.answer(request.method, raw_path) or _UNKNOWN
        match = self._routes.find(request.method, raw_path)
        if match is None:
            return _UNKNOWN
        if match.route.signed_in and (refused := _cross_site(request)):
            return refused
        try:
            body = request.get_data()
        except (RequestEntityTooLarge, ClientDisconnected):
            return _TOO_LONG
        return self._integrate(match, json.dumps(event(request, match, body, raw_path, self._domain)).encode())

    def _integrate(self, match: Match, payload: bytes) -> Response:
        if len(payload) > _EVENT_LIMIT:
            return _TOO_LONG
        called: Future[Answer] = self._integrations.submit(self._invoke, match.route.function, None, payload)
        try:
            answer, error = called.result(timeout=_INTEGRATION_SECONDS)
        except TimeoutError:
            return _LATE
        if error is not None:
            self._say(f"{match.route.function} failed: {answer.decode(errors='replace')[:500]}")
            return _BROKEN
        try:
            return response(answer)
        except (ValueError, TypeError, AttributeError) as reason:
            self._say(f"{match.route.function} gave an answer that is no response: {reason}")
            return _BROKEN


def without_secrets(raw_path: str) -> str:
    """The path as it may be shown: keys and signatures are cut."""
    parts = raw_path.split("/")
    secret = {"hooks": 3, "resume": len(parts) - 1, "cancel": len(parts) - 1}.get(parts[1] if parts[1:] else "", 0)
    if 1 < secret < len(parts) and len(parts[secret]) > 6:
        parts[secret] = parts[secret][:6] + "…"
    return "/".join(parts)


def _refusal(request: Request) -> Response | None:
    """Keeps out pages whose name was made to resolve to this machine."""
    host = request.headers.get("Host", "")
    if host.partition(":")[0].lower() in _HOSTS:
        return None
    return json_response(403, {"message": f"The Host is {host!r}, but must be 127.0.0.1 or localhost."})


def _cross_site(request: Request) -> Response | None:
    """Keeps other sites in the developer's browser from the routes that need a sign-in on AWS."""
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return json_response(403, {"message": "This route is not for other sites: Sec-Fetch-Site is cross-site."})
    if origin is not None and (urlsplit(origin).hostname or "") not in _HOSTS:
        return json_response(403, {"message": f"This route is not for other sites: Origin is {origin}."})
    return None
