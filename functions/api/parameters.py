"""The headers and query parameters of requests, for the OpenAPI document only."""

from idempotency import MAX_CHARACTERS

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes the request safe to repeat for 24 h. With or without double quotes",
    # Printable ASCII; the quotes do not count towards the length.
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": "^[!#-~]([ -~]*[!-~])?$"},
}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "RFC 7240: wait=N for up to 25 s, or respond-async",
    "schema": {"type": "string"},
}
LISTING = [
    {"name": "workflow", "in": "query", "schema": {"type": "string", "default": ""}},
    {
        "name": "status",
        "in": "query",
        "schema": {"enum": ["running", "paused", "succeeded", "failed", "cancelled"]},
    },
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}},
    {"name": "cursor", "in": "query", "schema": {"type": "string", "default": ""}},
]
