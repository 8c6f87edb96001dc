"""The header Prefer (RFC 7240). A hook knows its preferences `wait` and `respond-async`."""

import re
from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from interlude.control.awaiting import MAX_S

PREFERENCE = re.compile(r'\s*(?P<name>[\w!#$%&\'*+.^`|~-]+)\s*(?:=\s*(?:"(?P<quoted>[^"]*)"|(?P<token>[^\s;,"]*)))?')


@dataclass(frozen=True, slots=True)
class Preferences:
    wait_s: int | None
    """None if the request does not ask for it; at most MAX_S."""
    respond_async: bool


def of(event: APIGatewayProxyEventV2) -> Preferences:
    """The preferences of a request. As the RFC says, unknown ones are ignored, and the first of a name counts."""
    given: dict[str, str] = {}
    for preference in event.headers.get("prefer", "").split(","):
        found = PREFERENCE.match(preference)
        if found:
            given.setdefault(found["name"].lower(), found["quoted"] or found["token"] or "")
    wait = given.get("wait", "")
    wait_s = None
    if wait.isascii() and wait.isdecimal() and len(wait) < 10:
        wait_s = min(int(wait), MAX_S)
    return Preferences(wait_s, "respond-async" in given)
