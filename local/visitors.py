"""Tells programs and pages of this machine from other sites, which a browser lets speak with its ports as well.

A site can have its own name point to 127.0.0.1, but not change the Host that it is called by (DNS rebinding); and it
can send requests whose answers it does not see, but not without saying so. Called by gateway, server and runtime_api.
Calls nothing of local.
"""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Header = Callable[[str], str | None]
"""Looks a header up by its name."""

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_THROUGH = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")


def hosts(port: int) -> list[str]:
    """What a client of this machine may write into Host."""
    return [*(f"{name}:{port}" for name in _NAMES), *(_NAMES if port == 80 else ())]


def wrong_host(header: Header, port: int) -> str:
    """One sentence where a request was not sent to this machine by one of its names; else empty."""
    host = header("Host") or ""
    if host.lower() in hosts(port):
        return ""
    return f"The Host is {host[:100]!r}, but must be {', '.join(hosts(port)[:2])} or {hosts(port)[2]}."


def not_from_here(header: Header, port: int) -> str:
    """One sentence where a request comes from another site's page, or from outside through a tunnel; else empty."""
    site, origin = header("Sec-Fetch-Site"), header("Origin")
    if site not in (None, "same-origin", "none"):
        return f"This is not for other sites: Sec-Fetch-Site is {site[:100]!r}."
    if origin is not None and origin.lower() not in [f"http://{host}" for host in hosts(port)]:
        return f"This is not for other sites: Origin is {origin[:100]!r}."
    # A tunnel may write localhost into Host.
    if through := next((name for name in _THROUGH if header(name) is not None), None):
        return f"This is for programs on this machine only, but the request came through a proxy: it has {through}."
    return ""


class Guard:
    """A WSGI application that only programs and pages of this machine reach."""

    def __init__(self, application: "WSGIApplication", port: int) -> None:
        self._application, self._port = application, port

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def header(name: str) -> str | None:
            value = environ.get("HTTP_" + name.upper().replace("-", "_"))
            return None if value is None else str(value)

        refused = wrong_host(header, self._port) or not_from_here(header, self._port)
        if not refused:
            return self._application(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "application/json")])
        return [json.dumps({"message": refused}).encode()]
