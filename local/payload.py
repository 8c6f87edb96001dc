"""Turns HTTP requests into events of payload format 2.0, and what functions answer into HTTP responses.

Called by gateway. Calls nothing of local but the types of routes and http_server.
"""

import base64
import json
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from local.clock import now_ms
from local.http_messages import Request, Response
from local.routes import Match

# Everything else, forms included, and what has no content type, reaches the function in base64.
_TEXTS = ("application/json", "application/javascript", "application/xml")
_ACCOUNT = "123456789012"
# The outbox shows links.
_SAFE = [("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff")]


def json_response(status: int, content: object) -> Response:
    """A response that no function has made."""
    return Response(status, [("content-type", "application/json"), *_SAFE], json.dumps(content).encode())


def escaped(sent: bytes) -> str:
    """A path or a query with %XX for what is not ASCII, as clients should send it. curl does not: it sends UTF-8."""
    return quote(sent, safe=bytes(range(128)))


def event(request: Request, match: Match, body: bytes, raw_path: str, domain: str) -> dict[str, Any]:
    """The event that an HTTP API makes of a request. What a request has not, the event has not either."""
    now = now_ms()
    headers = {name.lower(): value for name, value in request.headers.items()}
    cookies = headers.pop("cookie", None)
    headers.pop("connection", None)
    headers |= {
        "x-amzn-trace-id": f"Root=1-{now // 1000:08x}-{uuid.uuid4().hex[:24]}",
        "x-forwarded-for": ", ".join(filter(None, [headers.get("x-forwarded-for"), request.address])),
        "x-forwarded-port": domain.rpartition(":")[2],
        "x-forwarded-proto": "http",
    }
    query = escaped(request.target.partition(b"#")[0].partition(b"?")[2])
    text = _is_text(headers.get("content-type", ""), body)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.key,
        "rawPath": unquote(raw_path),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": _ACCOUNT,
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": unquote(raw_path),
                "protocol": request.protocol,
                "sourceIp": request.address,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": uuid.uuid4().hex[:15] + "=",
            "routeKey": match.key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now // 1000)),
            "timeEpoch": now,
        },
        "isBase64Encoded": bool(body) and not text,
    }
    if cookies:
        made["cookies"] = [cookie.strip() for cookie in cookies.split(";") if cookie.strip()]
    if query:
        made["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if match.parameters:
        made["pathParameters"] = match.parameters
    if body:
        made["body"] = body.decode() if text else base64.b64encode(body).decode()
    return made


def response(payload: bytes) -> Response:
    """The response that an HTTP API makes of a function's answer. Raises ValueError for one it can't use."""
    answer = json.loads(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # The short form: any other answer is a body.
        body = answer if isinstance(answer, str) else json.dumps(answer)
        return Response(200, [("content-type", "application/json")], body.encode())
    body = answer.get("body") or ""
    if not isinstance(body, str):
        raise ValueError("the body is no text")  # noqa: TRY004 - as for any other answer of no use
    content = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
    headers = [(str(name), _text(value)) for name, value in (answer.get("headers") or {}).items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    headers += [("set-cookie", str(cookie)) for cookie in answer.get("cookies") or []]
    if any(set("\r\n") & set(name + value) for name, value in headers):
        raise ValueError("a header has more than one line")
    return Response(int(answer["statusCode"]), headers, content)


def _is_text(content_type: str, body: bytes) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if not kind.startswith("text/") and kind not in _TEXTS:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
