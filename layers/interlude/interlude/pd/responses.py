"""`pd.respond`: a step's response to the caller of the workflow's hook, stored in the table until the API sends it."""

import base64
import json
import re
from typing import Any

from interlude.errors import BadCall, TooLarge
from interlude.models import Run
from interlude.pd import masking
from interlude.run import payloads, reply

KEYS = ("status", "headers", "body", "immediate")
"""`immediate`, which Node steps on Pipedream use, has no effect: responses are always immediate."""

MAX_BYTES = 6_000_000
"""Maximum of a body in Lambda's response, escaped or in base64: Lambda's limit less room for the headers."""

# RFC 9110, 5.1 and 5.5.
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

Response = dict[str, Any]


def give(run: Run, response: Any) -> None:
    """Stores a run's response; the first one counts. Raises BadCall for an invalid response.

    After a pause the caller no longer waits: it got its response when the run paused.
    """
    text = payloads.dump(checked(response), "pd.respond: the response")
    if run.pauses:
        print("pd.respond: the caller no longer waits for this response, because the run has paused before.")
        return
    reply.keep(run.run_id, payloads.put(run.run_id, text))


def checked(given: Any) -> Response:
    """`{"status", "headers": {name: [value]}, "body", "is_base64"}` of what a step gave, without secrets.

    Raises BadCall.
    """
    if not isinstance(given, dict) or not given.keys() <= set(KEYS):
        raise BadCall(
            f'pd.respond: the response is {payloads.short(given)}; it must be {{"status", "headers", "body"}}.'
        )
    body, is_base64, kind = _body(given.get("body"))
    size = len(body) if is_base64 else payloads.escaped_size(body)
    if size > MAX_BYTES:
        raise TooLarge(
            f"pd.respond: the body would be {size} bytes of Lambda's response; at most {MAX_BYTES} are allowed."
        )
    headers = _headers(given.get("headers") or {})
    if not any(name.lower() == "content-type" for name in headers):
        headers["content-type"] = [kind]
    return {"status": _status(given.get("status", 200)), "headers": headers, "body": body, "is_base64": is_base64}


def _status(status: Any) -> int:
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise BadCall(f"pd.respond: status is {payloads.short(status)}; it must be a whole number from 200 to 599.")
    return status


def _headers(given: Any) -> dict[str, list[str]]:
    if not isinstance(given, dict):
        raise BadCall(f"pd.respond: headers is {payloads.short(given)}; it must be a dict of names and values.")
    headers = {}
    for name, value in given.items():
        if value is None:
            continue
        parts = value if isinstance(value, list | tuple) else [value]
        values = [_text(part) for part in parts]
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise BadCall(f"pd.respond: the header {payloads.short(name)} has a name that HTTP does not allow.")
        if not all(VALUE.fullmatch(each) for each in values):
            raise BadCall(f"pd.respond: the header {name} is {payloads.short(value)}; it must be one line of text.")
        headers[name] = values
    return headers


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=repr)
    return masking.mask(text)


def _body(body: Any) -> tuple[str, bool, str]:
    """The body as text or in base64, whether it is base64, and its default content type."""
    if isinstance(body, bytes | bytearray | memoryview):
        return base64.b64encode(masking.mask_bytes(bytes(body))).decode(), True, "application/octet-stream"
    if body is None or isinstance(body, str):
        # Lone surrogates, which a response can't hold, become question marks.
        return masking.mask(body or "").encode("utf-8", "replace").decode(), False, "text/plain; charset=utf-8"
    return masking.mask_json(payloads.dump(body, "pd.respond: body")), False, "application/json"
