"""Requests as API Gateway hands them to a function (payload format 2.0)."""

import base64
from typing import Any


def http_event(
    method: str = "POST",
    path: str = "/hooks/approval/key",
    body: str | bytes | None = None,
    query: str = "",
    cookies: list[str] | None = None,
    **headers: str,
) -> dict[str, Any]:
    """Header names have _ for -. A body of bytes arrives as base64, as binary bodies do."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"x-forwarded-proto": "https", **{name.replace("_", "-"): value for name, value in headers.items()}},
        "requestContext": {
            "domainName": "api.example",
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1", "userAgent": "test"},
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if cookies:
        event["cookies"] = cookies
    if query:  # API Gateway joins what comes twice
        event["queryStringParameters"] = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event
