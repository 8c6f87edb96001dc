"""What came in: the request that API Gateway hands over (payload format 2.0), as the event that a workflow sees."""

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
"""Up to this size a hook's event has the body as it was sent besides what it was parsed to; larger by an option."""

BINARY = ("image/", "audio/", "video/", "font/")
BINARY_KINDS = {"application/octet-stream", "application/pdf", "application/zip", "application/gzip"}
"""What is base64 even if its bytes happen to be text, so that a step can rely on it."""


IN_A_PATH = "/:@!$&'()*+,;="
IN_A_QUERY = f"{IN_A_PATH}?%"
"""What a URL may hold there as it is, besides letters, digits and -._~ (RFC 3986)."""

CHARSET_FIELD = "_charset_"
"""The field of a form by which a browser says in which charset it sends the others."""


class BadRequest(Exception):
    """The request can't be read; one sentence says what is wrong."""


class BodyTooLarge(BadRequest):
    def __init__(self, size: int) -> None:
        super().__init__(f"The body has {size} bytes; at most {MAX_BODY_BYTES} (512 KB) are allowed.")


def http_event(event: APIGatewayProxyEventV2, below: str = "", raw_body_bytes: int | None = None) -> dict[str, Any]:
    """`{method, path, query, headers, body, client_ip, url}`, and `is_base64_encoded` where the body is binary.

    `path` is what follows `below`, and / where nothing does. Header names are in lower case. `body` is parsed if it is
    JSON or a form, else text; a body that is not text is base64. What can't be parsed stays text: nothing of a request
    gets lost. Where `body` is not what was sent, that is `raw_body`, up to `raw_body_bytes`; None leaves it out.
    Raises BodyTooLarge.
    """
    http, query = event.request_context.http, event.raw_query_string
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
    """What follows the domain in a URL. API Gateway hands the path over decoded, and the query as it was sent."""
    search = f"?{quote(query, safe=IN_A_QUERY, errors='replace')}" if query else ""
    return quote(path, safe=IN_A_PATH, errors="replace") + search


def base_url(event: APIGatewayProxyEventV2) -> str:
    """Where this API answers. The domain is API Gateway's own word, not the client's Host header."""
    scheme = "http" if event.headers.get("x-forwarded-proto") == "http" else "https"
    return f"{scheme}://{event.request_context.domain_name}"


def json_body(event: APIGatewayProxyEventV2) -> Any:
    """The body as JSON; no body counts as an empty object. Raises BadRequest and BodyTooLarge."""
    body = raw_body(event)
    if not body:
        return {}
    try:
        return _loads(body.decode())
    except TooDeep as error:
        raise BadRequest(str(error)) from None
    except ValueError as error:
        raise BadRequest(f"The body is no JSON: {error}.") from None


def raw_body(event: APIGatewayProxyEventV2) -> bytes:
    """The bytes that were sent. Raises BadRequest and BodyTooLarge."""
    text = event.body or ""
    try:
        body = base64.b64decode(text, validate=True) if event.is_base64_encoded else text.encode()
    except ValueError:
        raise BadRequest("The body is not the base64 that it is said to be.") from None
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(len(body))
    return body


def _parse(body: bytes, content_type: str) -> dict[str, Any]:
    kind, options = parse_options_header(content_type)
    charset = options.get("charset", charsets.UTF_8)
    if kind == "multipart/form-data" and (fields := _multipart(body, options.get("boundary", ""), charset)) is not None:
        return {"body": fields}
    binary = bool(body) and (kind.startswith(BINARY) or kind in BINARY_KINDS)
    text = None if binary else charsets.decode(body, charset)
    if text is None or ("\0" in text and not kind.startswith("text/")):
        return {"body": base64.b64encode(body).decode(), "is_base64_encoded": True}
    return {"body": _structured(text, kind, charset)}


def _as_sent(sent: bytes, content: dict[str, Any]) -> dict[str, Any]:
    """`raw_body`, whose UTF-8 is what was sent, or base64 with a flag. Empty where `body` is that already."""
    body = content["body"]
    if content.get("is_base64_encoded") or (isinstance(body, str) and body.encode(errors="surrogatepass") == sent):
        return {}
    text = charsets.decode(sent, charsets.UTF_8)
    if text is None:
        return {"raw_body": base64.b64encode(sent).decode(), "raw_body_is_base64_encoded": True}
    return {"raw_body": text}


def _structured(text: str, kind: str, charset: str) -> Any:
    """JSON and forms as values. `curl -d` says that JSON is a form, so what reads as a JSON object or list is one."""
    is_json = kind == "application/json" or kind.endswith("+json")
    is_form = kind == "application/x-www-form-urlencoded"
    if is_json or ((is_form or not kind) and text.lstrip()[:1] in ("{", "[")):
        try:
            return _loads(text.removeprefix("\ufeff"))
        except ValueError:  # also of what is nested too deeply
            pass
    if is_form:
        return _form(text, charset)
    return text


def _form(text: str, charset: str) -> dict[str, Any]:
    """The fields of a form by name. Their charset is what the field _charset_ says, as HTML has it, or the form's."""
    claimed = dict(parse_qsl(text)).get(CHARSET_FIELD, "")
    codec = charsets.codec_of(claimed) or charsets.codec_of(charset) or charsets.UTF_8
    return _collect(parse_qsl(text, keep_blank_values=True, encoding=codec))


def _multipart(body: bytes, boundary: str, charset: str) -> dict[str, Any] | None:
    """The fields of a form by name; a file is `{filename, content_type, content}`, its content base64.

    None where it can't be read. A field may name its charset; else it is the one of the field _charset_, or the form's.
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
    return None if any(value is None for _, value in fields) else _collect(fields)


def _field(part: MultipartPart, charset: str) -> str | dict[str, Any] | None:
    """None for text in a charset that is not allowed, or that it is not in."""
    if part.filename is not None:
        content = base64.b64encode(part.raw).decode()
        return {"filename": part.filename, "content_type": part.content_type, "content": content}
    _, options = parse_options_header(part.headers.get("Content-Type", ""))
    return charsets.decode(part.raw, options.get("charset", charset))


def _collect(pairs: Any) -> dict[str, Any]:
    """Names to values; a name that comes more than once has the list of its values."""
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _loads(text: str) -> Any:
    # The event is an object around the body.
    levels = payloads.MAX_DEPTH - 1
    return payloads.loads(text, "The body", levels, parse_constant=_finite, parse_float=_finite)


def _finite(number: str) -> float:
    """Raises ValueError for NaN, Infinity and 1e999, which could not be written as JSON again."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is no number that JSON can hold")
    return value
