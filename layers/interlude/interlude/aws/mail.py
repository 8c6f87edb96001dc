"""Mail through SES: from the stack's sender to its NotifyAddress, or to the recipients of a call."""

import re
from collections.abc import Sequence
from typing import Any

from interlude.aws.clients import client
from interlude.errors import BadCall, CannotSend
from interlude.settings import settings

RECIPIENTS = 50
"""SES's limit for one mail."""
_ADDRESS = re.compile(r"[^@\s<>\",;]+@[^@\s<>\",;]+")


def send(subject: str, text: str, html: str, to: str | Sequence[str] | None = None) -> None:
    """Sends one mail to all recipients; without `to`, to the NotifyAddress.

    Raises BadCall if a part is not text, the body is empty or a recipient is not an address, and CannotSend in a stack
    without a NotifyAddress.
    """
    for name, value in (("subject", subject), ("text", text), ("html", html)):
        if not isinstance(value, str):
            raise BadCall(f"pd.send.email: {name} is a {type(value).__name__}; it must be text.")
    if not text and not html:
        raise BadCall("pd.send.email: text and html are both empty; at least one must have content.")
    recipients = []
    if to is not None:
        recipients = _recipients(to)
    own = settings()
    if not own.notify_address:
        raise CannotSend("pd.send.email: the stack has no NotifyAddress; deploy it with one to send mail.")
    body = {name: {"Data": data, "Charset": "UTF-8"} for name, data in (("Text", text), ("Html", html)) if data}
    client("sesv2").send_email(
        FromEmailAddress=own.mail_from,
        Destination={"ToAddresses": recipients or [own.notify_address]},
        Content={"Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": body}},  # type: ignore[typeddict-item]  # keys are Text and Html
    )


def _recipients(to: Any) -> list[str]:
    """The addresses of `to`. Raises BadCall."""
    addresses = to
    if isinstance(to, str):
        addresses = [to]
    if not isinstance(addresses, (list, tuple)):
        raise BadCall(f"pd.send.email: to is a {type(to).__name__}; it must be an address, or a list of addresses.")
    if not 1 <= len(addresses) <= RECIPIENTS:
        raise BadCall(f"pd.send.email: to has {len(addresses)} addresses; it must have 1 to {RECIPIENTS}.")
    for address in addresses:
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise BadCall(f"pd.send.email: to has {address!r}; each must be an address like you@example.com.")
    return list(addresses)
