"""Tells what the resume brought, in short."""

import base64
import hashlib


def handler(pd):
    request = pd.steps["listen"]["$resume_data"]
    body = request["body"]
    raw = base64.b64decode(body) if request.get("is_base64_encoded") else body.encode()
    return {"type": type(body).__name__, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
