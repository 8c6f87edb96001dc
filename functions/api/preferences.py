"""The header Prefer (RFC 7240), of which a hook knows `wait` and `respond-async`."""

import re
from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from interlude.control.awaiting import MAX_S

PREFERENCE = re.compile(r'\s*(?P<name>[\w!#$%&\'*+.^`|~-]+)\s*(?:=\s*(?:"(?P<quoted>[^"]*)"|(?P<token>[^\s;,"]*)))?')


@dataclass(frozen=True, slots=True)
class Preferences:
    wait_s: int | None
    """None where the request says nothing about it; at most MAX_S."""
    respond_async: bool


def of(event: APIGatewayProxyEventV2) -> Preferences:
    """What is not understood is left out, as the RFC says; of two preferences with one name the first counts."""
    given: dict[str, str] = {}
    for preference in event.headers.get("prefer", "").split(","):
        found = PREFERENCE.match(preference)
        if found:
            given.setdefault(found["name"].lower(), found["quoted"] or found["token"] or "")
    wait = given.get("wait", "")
    known = wait.isascii() and wait.isdecimal() and len(wait) < 10
    return Preferences(min(int(wait), MAX_S) if known else None, "respond-async" in given)
