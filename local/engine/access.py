"""What IAM says to a request under a role of the stack. Calls access and console."""

from collections.abc import Mapping
from typing import Any

from local.access import roles
from local.access.asked import needed
from local.access.verdicts import judge
from local.console import say
from local.engine.place import Place


def refusal(
    role: str, session: str, service: str, operation: str, request: Mapping[str, Any], place: Place
) -> str | None:
    """AWS's sentence where the role's policies do not allow a request, which is said here, too. None if they do.

    `service` is IAM's prefix. Of a role that is not here nothing is known, and it may.
    """
    if not roles.is_here(role):
        return None
    for asked in needed(service, operation, request, f"{place.region}:{place.account}"):
        verdict = judge(role, asked)
        if not verdict.allowed:
            say(verdict.line)
            return verdict.message(session)
    return None
