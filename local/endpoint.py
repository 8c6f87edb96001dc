"""The address that stands for AWS: the engine answers what it knows, and moto all else.

Called by server, as the handler of an http_server. Calls visitors, the engine that it is given, and moto's application.
"""

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from werkzeug.test import run_wsgi_app

from local import visitors
from local.http_messages import HOST, ClientLeft, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from local.engine.requests import Answer

Engine = Callable[[Mapping[str, str], bytes], "Answer | None"]
"""Answers a request by its headers and its body, at once; None leaves it to moto."""

_THREADS = 200
"""So many requests are at moto at once. One that invokes a function waits for it, and for what that asks of moto."""


class Endpoint:
    """A handler of requests to AWS, for programs of this machine."""

    def __init__(self, engine: Engine, moto: "WSGIApplication", port: int) -> None:
        self._engine, self._moto, self._port = engine, moto, port
        self._threads = ThreadPoolExecutor(_THREADS, "moto")

    async def __call__(self, request: Request) -> Response:
        header = request.headers.get
        if refused := visitors.wrong_host(header) or visitors.not_from_here(header):
            return Response(403, [("Content-Type", "application/json")], json.dumps({"message": refused}).encode())
        try:
            body = await request.body()
        except ClientLeft:
            return Response(400, [], b"")
        if answer := self._engine(request.headers, body):
            return Response(answer.status, list(answer.headers.items()), answer.body)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask_moto, request, body)

    def _ask_moto(self, request: Request, body: bytes) -> Response:
        answer, status, headers = run_wsgi_app(self._moto, self._environ(request, body), buffered=True)
        return Response(int(status.split()[0]), headers.to_wsgi_list(), b"".join(answer))

    def _environ(self, request: Request, body: bytes) -> "WSGIEnvironment":
        path, _, query = request.target.partition(b"?")
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "REQUEST_URI": request.target.decode("latin-1"),
            "RAW_URI": request.target.decode("latin-1"),
            "REMOTE_ADDR": request.address,
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self._port),
            "SERVER_PROTOCOL": request.protocol,
        }
        # Metadata of S3 may have underscores in their names, which WSGI can't tell from hyphens.
        preserved: dict[str, str] = {}
        for name, value in sorted(request.headers.items(), key=lambda header: "_" not in header[0]):
            key = environ_key_for_header(name)
            if "_" not in name:
                preserved.pop(key, None)
            elif should_preserve_original_header_name(name):
                preserved[key] = name
            else:
                continue
            environ[key] = value
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
        # The body has been read, in whatever way it came.
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return environ
