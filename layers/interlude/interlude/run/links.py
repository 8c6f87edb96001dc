"""Signed links. A link permits to end one wait in one way, and nothing else.

`{base}/{action}/{run_id}/{wait}/{signature}`, where the signature is an HMAC over action, run and wait with the run's
own key. Making a link writes nothing.
"""

import base64
import hmac
from typing import Literal
from urllib.parse import quote

from interlude.errors import UnknownLink

Action = Literal["resume", "cancel"]


def links(base_url: str, url_key: str, run_id: str, wait: str) -> dict[str, str]:
    """`{"resume_url", "cancel_url"}` of a wait (`<step>.<run>`)."""
    return {
        "resume_url": _link(base_url, url_key, "resume", run_id, wait),
        "cancel_url": _link(base_url, url_key, "cancel", run_id, wait),
    }


def verify(url_key: str, action: Action, run_id: str, wait: str, signature: str) -> None:
    """Raises UnknownLink if the signature does not belong to the link."""
    given = signature.encode(errors="replace")  # a lone surrogate can't be encoded, and no signature has one
    if not hmac.compare_digest(_sign(url_key, action, run_id, wait).encode(), given):
        raise UnknownLink


def _link(base_url: str, url_key: str, action: Action, run_id: str, wait: str) -> str:
    return f"{base_url}/{action}/{quote(run_id, safe='')}/{wait}/{_sign(url_key, action, run_id, wait)}"


def _sign(url_key: str, action: Action, run_id: str, wait: str) -> str:
    # A run's id can't hold a line break, so no two links share a message.
    digest = hmac.digest(url_key.encode(), f"{action}\n{run_id}\n{wait}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
