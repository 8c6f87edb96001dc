"""A handler of local.http_server as a WSGI application, for tests with the clients that there are for those."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from multidict import CIMultiDict
from werkzeug.datastructures import EnvironHeaders

from local.http_messages import Handler, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def request_of(environ: "WSGIEnvironment") -> Request:
    """The request as the server would hand it on: its target is made of what the environment has of it."""
    path = environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0]
    query = environ["QUERY_STRING"]
    target = f"{path}?{query}" if query else path
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    headers = CIMultiDict(EnvironHeaders(environ).items())
    return Request(environ["REQUEST_METHOD"], target.encode("latin-1"), headers, chunks)


async def _answer(handler: Handler, request: Request) -> Response:
    return await handler(request)


def as_wsgi(handler: Handler) -> "WSGIApplication":
    """The application. It sends no body where none may be."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response = asyncio.run(_answer(handler, request_of(environ)))
        reason = HTTPStatus(response.status).phrase if response.status in HTTPStatus else "Unknown"
        start_response(f"{response.status} {reason}", response.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return application
