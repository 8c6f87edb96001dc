"""How long the local server takes to say something, and to be ready: on a template that it has not seen, and again."""

from typing import Any

from bench.laboratory import Laboratory
from bench.spread import spread
from bench.systems.interlude import Interlude

_AGAIN = 5


async def measure(laboratory: Laboratory) -> dict[str, Any]:
    server = Interlude(laboratory.new_folder("startup"), laboratory.listener.address)
    started = [await _start(server) for _ in range(1 + _AGAIN)]
    return {
        "first": started[0],
        "again": {name: spread([each[name] for each in started[1:]]) for name in ("first_line_s", "ready_s")},
    }


async def _start(server: Interlude) -> dict[str, float]:
    try:
        await server.start()
    finally:
        server.stop()
    return {"first_line_s": server.first_line_s, "ready_s": server.ready_s}
