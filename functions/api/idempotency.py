"""The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), which makes a request safe to repeat."""

import re

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from inbound import BadRequest

MAX_CHARACTERS = 255

# A string as in RFC 8941, whose parameters are ignored; or a bare key, as many clients send it.
KEY = re.compile(r'"(?P<string>(?:[ !#-\[\]-~]|\\["\\])*)"(?: *;.*)?|(?P<bare>[!#-~](?:[ -~]*[!-~])?)')
ESCAPED = re.compile(r"\\(.)")


def key_of(event: APIGatewayProxyEventV2) -> str:
    """The key of a request, empty if it has none. Raises BadRequest."""
    header = event.headers.get("idempotency-key")
    if header is None:
        return ""
    found = KEY.fullmatch(header.strip(" \t"))
    key = ""
    if found:
        key = found["bare"] or ESCAPED.sub(r"\1", found["string"] or "")
    if not 0 < len(key) <= MAX_CHARACTERS:
        raise BadRequest(
            f"Idempotency-Key is {header[:80]!r}; it must be 1 to {MAX_CHARACTERS} printable ASCII characters, "
            "with or without double quotes."
        )
    return key
