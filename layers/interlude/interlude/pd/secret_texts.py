"""Which parts of a secret to mask, and in which forms. `masking` imports this for the first secret."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from interlude.run import payloads

LEAST = 6
"""Least characters of a text, and least digits of a number. Anything shorter occurs in many places by coincidence."""
LEAST_LINE = 8
"""The same for one line of a text with several lines, such as a private key."""

LONG = 200

# Documented in docs/inputs.md. Not listed: url, which may be a webhook's, and any key, token or client_id of an API.
PLAIN = """
host hostname port domain subdomain base_url api_url instance_url server_url auth_uri token_uri universe_domain
engine database dbname db_name db_instance_identifier db_cluster_identifier schema warehouse bucket
region location timezone locale language environment
user username user_name email client_email from_email
type token_type scope scopes grant_type expires_in expires_at expiry_date created_at api_version
project project_id account_id team_id workspace_id organization_id user_id
auth_provider_x509_cert_url
"""
"""Fields of an account that are not secret."""


def forms(secret: Any) -> frozenset[str]:
    """Every secret text in a JSON value, in all forms in which it may be written."""
    return _forms(json.dumps(secret))


# Cached: each attempt of a step learns its secrets again, and they rarely change.
@lru_cache(maxsize=64)
def _forms(dumped: str) -> frozenset[str]:
    return frozenset(form for part in _parts(json.loads(dumped), plain=False) for form in _written(part))


def _parts(value: Any, *, plain: bool) -> Iterator[str]:
    """The texts of a secret, including those of JSON within a text, and its long numbers."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _parts(item, plain=_plain_name(key) in _PLAIN_NAMES)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item, plain=plain)
    elif isinstance(value, str):
        inner = _json(value)
        yield from _parts(inner, plain=plain)
        if plain and not _may_hold_a_password(value):
            return
        if inner is None:
            yield from _lines(value)
        else:
            yield from _whole(value)
    elif isinstance(value, int | float) and not plain and len(re.findall(r"\d", repr(value))) >= LEAST:
        yield repr(value)


def _plain_name(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()


_PLAIN_NAMES = frozenset(map(_plain_name, PLAIN.split()))


def _may_hold_a_password(text: str) -> bool:
    """Whether a text is a URL with a user, a query, or a long segment in its path, as in a webhook's URL."""
    return bool(re.search(r"://.*(@|\?|/[^/]{20})", text))


def _json(text: str) -> Any:
    """The object or list that a text is in JSON; None if it is neither."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return payloads.loads(text)
    except ValueError:
        return None


def _whole(text: str) -> Iterator[str]:
    if len(text.strip()) >= LEAST:
        yield from (text, text.strip())


def _lines(text: str) -> Iterator[str]:
    yield from _whole(text)
    yield from (line.strip() for line in text.splitlines() if len(line.strip()) >= LEAST_LINE)


def _written(part: str) -> set[str]:
    """The forms of a part, encoded once and twice: JSON within JSON, or the repr of a request's body in a log."""
    # Long patterns take long to compile, and the lines of a long text, or its parts as JSON, are masked anyway.
    if len(part) > LONG:
        return _ways(part)
    return {twice for once in _ways(part) for twice in _ways(once)}


def _ways(text: str) -> set[str]:
    data = text.encode(errors="replace")
    return {
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
        ascii(text)[1:-1],
        repr(data)[2:-1],
        # A repr escapes apostrophes only if the text also has a double quote.
        repr('"' + text)[2:-1],
        ascii('"' + text)[2:-1],
        repr(b'"' + data)[3:-1],
        quote(text, errors="replace"),
        quote(text, safe="", errors="replace"),
        quote_plus(text, errors="replace"),
    }
