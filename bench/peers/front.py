"""The HTTP side of the peers that have none of their own: an ASGI application, served by hypercorn.

POST /<workflow>/<run> starts a run; POST /callback/<anything> ends its wait. Both answer when that is stored.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any


def application(
    start: Callable[[str, str], Awaitable[Any]],
    callback: Callable[[str], Awaitable[Any]],
    begin: Callable[[], Awaitable[Any]],
) -> Callable[..., Awaitable[None]]:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await begin()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        while (await receive()).get("more_body"):
            pass
        _, first, rest = scope["path"].split("/", 2)
        if first == "callback":
            await callback(rest)
        elif first != "ready":
            await start(first, rest)
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps({}).encode()})

    return app
