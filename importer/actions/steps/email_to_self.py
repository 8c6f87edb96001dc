"""Mails the stack's NotifyAddress. Stands for the Pipedream action email-send-email-to-self."""

import json


def handler(pd):
    pd.send.email(*(text(pd.inputs.get(part)) for part in ("subject", "text", "html")))


def text(value):
    """A text unchanged, None as an empty text, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
