"""Turns a request from API Gateway (payload format 2.0) into the event that a workflow gets."""

import base64
import io
import math
from typing import Any
from urllib.parse import parse_qsl, quote

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from multipart import MultipartError, MultipartParser, MultipartPart, parse_options_header

import charsets
from interlude.errors import TooDeep
from interlude.run import payloads

MAX_BODY_BYTES = 512 * 1024
"""Pipedream's limit for a request."""

RAW_BODY_BYTES = 64 * 1024
"""Up to this size a hook's event has the raw body beside the parsed one. The option raw_body lifts the limit."""

BINARY = ("image/", "audio/", "video/", "font/")
BINARY_KINDS = {"application/octet-stream", "application/pdf", "application/zip", "application/gzip"}
"""Always base64, even where the bytes happen to be text: a step can rely on it."""

IN_A_PATH = "/:@!$&'()*+,;="
IN_A_QUERY = f"{IN_A_PATH}?%"
"""Characters that a URL may hold there unescaped, besides letters, digits and -._~ (RFC 3986)."""

CHARSET_FIELD = "_charset_"
"""The field of a form in which a browser names the charset of the other fields."""


class BadRequest(Exception):
    """A request that can't be read; one sentence says what is wrong."""


class BodyTooLarge(BadRequest):
    def __init__(self, size: int) -> None:
        super().__init__(f"The body has {size} bytes; at most {MAX_BODY_BYTES} (512 KB) are allowed.")


def http_event(event: APIGatewayProxyEventV2, below: str = "", raw_body_bytes: int | None = None) -> dict[str, Any]:
    """`{method, path, query, headers, body, client_ip, url}`, and `is_base64_encoded` where the body is binary.

    `path` is what follows `below`, or / if nothing does. Header names are in lower case. `body` is parsed if it is
    JSON or a form, and text otherwise; a body that is not text is base64. A body that can't be parsed stays text, so
    nothing gets lost. Where `body` differs from what was sent, `raw_body` has the original, up to `raw_body_bytes`;
    None leaves it out. Raises BodyTooLarge.
    """
    http = event.request_context.http
    query = event.raw_query_string
    headers = dict(event.headers)
    if event.cookies:  # API Gateway takes the cookies out of the headers
        headers["cookie"] = "; ".join(event.cookies)
    request = {
        "method": http.method,
        "path": event.raw_path.removeprefix(below) or "/",
        "query": _collect(parse_qsl(query, keep_blank_values=True)),
        "headers": headers,
        "client_ip": http.source_ip,
        "url": base_url(event) + _target(event.raw_path, query),
    }
    sent = raw_body(event)
    content = _parse(sent, headers.get("content-type", ""))
    if raw_body_bytes is None or len(sent) > raw_body_bytes:
        return request | content
    return request | content | _as_sent(sent, content)


def _target(path: str, query: str) -> str:
    """What follows the domain in a URL. API Gateway passes the path on decoded, and the query as it was sent."""
    target = quote(path, safe=IN_A_PATH, errors="replace")
    if query:
        target += f"?{quote(query, safe=IN_A_QUERY, errors='replace')}"
    return target


def base_url(event: APIGatewayProxyEventV2) -> str:
    """The base URL of this API. The domain comes from API Gateway, not from the client's Host header."""
    scheme = "http" if event.headers.get("x-forwarded-proto") == "http" else "https"
    return f"{scheme}://{event.request_context.domain_name}"


def json_body(event: APIGatewayProxyEventV2) -> Any:
    """The body as JSON; an absent body is an empty object. Raises BadRequest and BodyTooLarge."""
    body = raw_body(event)
    if not body:
        return {}
    try:
        return _loads(body.decode())
    except TooDeep as error:
        raise BadRequest(str(error)) from None
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from None


def raw_body(event: APIGatewayProxyEventV2) -> bytes:
    """The bytes that were sent. Raises BadRequest and BodyTooLarge."""
    try:
        body = (event.body or "").encode()
        if event.is_base64_encoded:
            body = base64.b64decode(body, validate=True)
    except ValueError:
        raise BadRequest("The body is marked as base64 but can't be decoded.") from None
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(len(body))
    return body


def _parse(body: bytes, content_type: str) -> dict[str, Any]:
    kind, options = parse_options_header(content_type)
    charset = options.get("charset", charsets.UTF_8)
    if kind == "multipart/form-data" and (fields := _multipart(body, options.get("boundary", ""), charset)) is not None:
        return {"body": fields}
    binary = bool(body) and (kind.startswith(BINARY) or kind in BINARY_KINDS)
    text = charsets.decode(body, charset)
    if binary or text is None or ("\0" in text and not kind.startswith("text/")):
        return {"body": base64.b64encode(body).decode(), "is_base64_encoded": True}
    return {"body": _structured(text, kind, charset)}


def _as_sent(sent: bytes, content: dict[str, Any]) -> dict[str, Any]:
    """`raw_body`: what was sent, as UTF-8 text or as base64 with a flag. Empty if `body` is the same already."""
    body = content["body"]
    if content.get("is_base64_encoded") or (isinstance(body, str) and body.encode(errors="surrogatepass") == sent):
        return {}
    text = charsets.decode(sent, charsets.UTF_8)
    if text is None:
        return {"raw_body": base64.b64encode(sent).decode(), "raw_body_is_base64_encoded": True}
    return {"raw_body": text}


def _structured(text: str, kind: str, charset: str) -> Any:
    """JSON and forms as values. `curl -d` labels JSON as a form, so a form may turn out to be a JSON object or list."""
    is_json = kind == "application/json" or kind.endswith("+json")
    is_form = kind == "application/x-www-form-urlencoded"
    if is_json or ((is_form or not kind) and text.lstrip()[:1] in ("{", "[")):
        try:
            return _loads(text.removeprefix("\ufeff"))
        except ValueError:  # includes TooDeep
            pass
    if is_form:
        return _form(text, charset)
    return text


def _form(text: str, charset: str) -> dict[str, Any]:
    """The fields of a form by name. As HTML defines, the field _charset_ overrides the charset of the form."""
    claimed = dict(parse_qsl(text)).get(CHARSET_FIELD, "")
    codec = charsets.codec_of(claimed) or charsets.codec_of(charset) or charsets.UTF_8
    return _collect(parse_qsl(text, keep_blank_values=True, encoding=codec))


def _multipart(body: bytes, boundary: str, charset: str) -> dict[str, Any] | None:
    """The fields of a form by name; a file is `{filename, content_type, content}`, its content in base64.

    None if the form can't be read. A field may name its own charset; else that of the field _charset_, or of the form,
    counts.
    """
    if not boundary:
        return None
    try:
        parts = list(
            MultipartParser(
                io.BytesIO(body),
                boundary,
                buffer_size=MAX_BODY_BYTES,
                memory_limit=MAX_BODY_BYTES,
                # The default leaves a form of 129 fields unparsed. The body bounds them: 10,000 take 0.1 s.
                part_limit=MAX_BODY_BYTES,
            )
        )
    except (MultipartError, ValueError):
        return None
    claimed = next((charsets.decode(part.raw, "ascii") for part in parts if part.name == CHARSET_FIELD), None)
    if claimed and charsets.codec_of(claimed):
        charset = claimed
    fields = [(part.name, _field(part, charset)) for part in parts]
    if any(value is None for _, value in fields):
        return None
    return _collect(fields)


def _field(part: MultipartPart, charset: str) -> str | dict[str, Any] | None:
    """The field's value; None for text that can't be decoded, or names a charset that is not allowed."""
    if part.filename is not None:
        content = base64.b64encode(part.raw).decode()
        return {"filename": part.filename, "content_type": part.content_type, "content": content}
    _, options = parse_options_header(part.headers.get("Content-Type", ""))
    return charsets.decode(part.raw, options.get("charset", charset))


def _collect(pairs: Any) -> dict[str, Any]:
    """Values by name; a name that occurs more than once has a list."""
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _loads(text: str) -> Any:
    # One less: the event is an object around the body.
    levels = payloads.MAX_DEPTH - 1
    return payloads.loads(text, "The body", levels, parse_constant=_finite, parse_float=_finite)


def _finite(number: str) -> float:
    """Raises ValueError for NaN, Infinity and 1e999, which JSON can't represent."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"JSON can't hold the number {number}")
    return value
