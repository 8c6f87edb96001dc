"""Checks the signature of its request once more, as a step on Pipedream would."""

import hashlib
import hmac

KEY = b"e2e-hook-secret-zebra"


def handler(pd):
    event = pd.steps["trigger"]["event"]
    signature = hmac.new(KEY, event["raw_body"].encode(), hashlib.sha256).hexdigest()
    return event["headers"]["x-hub-signature-256"] == f"sha256={signature}"
