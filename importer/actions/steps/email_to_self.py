"""Mails the stack's NotifyAddress. Stands for the Pipedream action email-send-email-to-self."""

import json


def handler(pd):
    pd.send.email(*(text(pd.inputs.get(part)) for part in ("subject", "text", "html")))


def text(value):
    """A text as it is, nothing as an empty one, anything else as JSON."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
