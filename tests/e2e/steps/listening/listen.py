"""Tells what the trigger brought, in short, and waits."""

import base64
import hashlib


def handler(pd):
    pd.flow.suspend(60_000)
    return in_short(pd.steps["trigger"]["event"])


def in_short(request):
    body = request["body"]
    raw = base64.b64decode(body) if request.get("is_base64_encoded") else body.encode()
    return {"type": type(body).__name__, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
