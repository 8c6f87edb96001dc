"""Serves the routes of a stack over HTTP, as API Gateway's HTTP API would.

Called by server, as the handler of an http_server. Calls visitors, routes, payload, own_routes, and what it is given to
invoke functions with.
"""

import asyncio
import json
import time
from collections.abc import Callable
from urllib.parse import unquote

from local import own_routes, visitors
from local.http_messages import BodyTooLong, ClientLeft, Request, Response
from local.invocations import Invoke, answer_of
from local.payload import escaped, event, json_response, response
from local.routes import Match, Routes

_BODY_LIMIT = 10 * 1024 * 1024
_EVENT_LIMIT = 6 * 1024 * 1024
_INTEGRATION_SECONDS = 30

_TOO_LONG = json_response(413, {"message": "Request Too Long"})
_BROKEN = json_response(500, {"message": "Internal Server Error"})
_LATE = json_response(503, {"message": "Service Unavailable"})
_UNKNOWN = json_response(404, {"message": "Not Found"})


class Gateway:
    """A handler of requests. `domain` is host and port as clients write them; `tunnel` the name of a host outside, from
    which only routes that are open to everybody can be reached."""

    def __init__(
        self,
        routes: Routes,
        invoke: Invoke,
        domain: str,
        say: Callable[[str], None],
        tunnel: str = "",
    ) -> None:
        self._routes, self._invoke, self._domain, self._say = routes, invoke, domain, say
        self._tunnel = tunnel

    async def __call__(self, request: Request) -> Response:
        started = time.monotonic()
        # Not by urlsplit: a target like [ is an error to it.
        target = request.target.partition(b"?")[0].partition(b"#")[0]
        raw_path = escaped(target) if target.startswith(b"/") else "/"
        answer = await self._answer(request, raw_path)
        took = round((time.monotonic() - started) * 1000)
        self._say(_printable(f"{request.method} {without_secrets(raw_path)} {answer.status} {took} ms"))
        return answer

    async def _answer(self, request: Request, raw_path: str) -> Response:
        header = request.headers.get
        from_tunnel = bool(self._tunnel) and (header("Host") or "").partition(":")[0].lower() == self._tunnel
        if not from_tunnel and (refused := visitors.wrong_host(header)):
            return _refusal(f"{refused} Another name can be allowed for hooks and links: --allow-host NAME.")
        match = self._routes.find(request.method, raw_path)
        if raw_path.startswith("/local/") or (match and match.route.signed_in):
            if from_tunnel:
                return _refusal(f"This route is for programs on this machine only; {self._tunnel} has hooks and links.")
            if refused := visitors.not_from_here(header, but_links=request.method == "GET"):
                return _refusal(refused)
        if raw_path.startswith("/local/"):
            # It may start an execution, which moto takes some time for.
            return await asyncio.to_thread(own_routes.answer, request.method, raw_path) or _UNKNOWN
        if match is None:
            return _UNKNOWN
        try:
            body = await request.body(_BODY_LIMIT)
        except (BodyTooLong, ClientLeft):
            return _TOO_LONG
        return await self._integrate(match, json.dumps(event(request, match, body, raw_path, self._domain)).encode())

    async def _integrate(self, match: Match, payload: bytes) -> Response:
        if len(payload) > _EVENT_LIMIT:
            return _TOO_LONG
        try:
            # A late function runs on after its caller was answered.
            async with asyncio.timeout(_INTEGRATION_SECONDS):
                answer, error = await answer_of(self._invoke, match.route.function, None, payload)
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
    """The path as it may be shown: keys and signatures are cut, and so is what may be one in a wrong place."""
    parts = raw_path.split("/")
    first = unquote(parts[1]).lower() if parts[1:] else ""
    if first in ("runs", "workflows", "local"):
        return raw_path
    secret = {"hooks": 3, "resume": 4, "cancel": 4}.get(first, 0)
    most = [100 if place < secret else 6 if place == secret else 20 for place in range(len(parts))]
    return "/".join(part if len(part) <= most[place] else part[:6] + "…" for place, part in enumerate(parts))


def _printable(line: str) -> str:
    """So that no request moves the cursor of the terminal."""
    return "".join(character if character.isprintable() else "?" for character in line)


def _refusal(sentence: str) -> Response:
    return json_response(403, {"message": sentence})
