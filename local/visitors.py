"""Tells programs and pages of this machine from other sites, which a browser lets speak with its ports as well.

A site can have its own name point to 127.0.0.1, but not change the Host that it is called by (DNS rebinding); and it
can send requests whose answers it does not see, but not without saying so. Ports are not looked at in Host: a port may
be forwarded to ours (ssh -L, a container). Called by gateway, endpoint and runtime_api. Calls nothing of local.
"""

from collections.abc import Callable

Header = Callable[[str], str | None]
"""Looks a header up by its name."""

_NAMES = ("127.0.0.1", "localhost")
_THROUGH = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")


def wrong_host(header: Header) -> str:
    """One sentence where a request was not sent to this machine by one of its names; else empty."""
    host = header("Host") or ""
    name, colon, port = host.partition(":")
    if name.lower() in _NAMES and ((port.isascii() and port.isdecimal()) or not colon):
        return ""
    return f"The Host is {host[:100]!r}, but must be {' or '.join(_NAMES)}, with any port."


def not_from_here(header: Header, *, but_links: bool = False) -> str:
    """One sentence where a request comes from another site's page, or from outside through a tunnel; else empty.

    `but_links`: another site may have a link to it, which somebody follows. Only for what changes nothing.
    """
    site, origin = header("Sec-Fetch-Site"), header("Origin")
    if site not in (None, "same-origin", "none") and not (but_links and _is_followed(header)):
        return f"This is not for other sites: Sec-Fetch-Site is {site[:100]!r}."
    # The page of another port is another site, so it has to be the very Host that is asked.
    if origin is not None and origin.lower() != f"http://{header('Host') or ''}".lower():
        return f"This is not for other sites: Origin is {origin[:100]!r}."
    # A tunnel may write localhost into Host.
    if through := next((name for name in _THROUGH if header(name) is not None), None):
        return f"This is for programs on this machine only, but the request came through a proxy: it has {through}."
    return ""


def _is_followed(header: Header) -> bool:
    """Whether the answer becomes the page of a tab, where the site that has the link can't read it. Not of a frame."""
    return (header("Sec-Fetch-Mode"), header("Sec-Fetch-Dest")) == ("navigate", "document")
