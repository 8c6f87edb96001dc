"""What of a secret is to be masked, and the ways in which it may be written. `masking` imports it when there is one."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from interlude.run import payloads

LEAST = 6
"""Characters of the shortest text, digits of the shortest number: what is shorter stands in many places by chance."""
LEAST_LINE = 8
"""The same for one line of a text that has several, such as a private key."""

LONG = 200

# Told in docs/inputs.md. Not: url, which may be a webhook's, nor what an API calls a key, a token or a client_id.
PLAIN = """
host hostname port domain subdomain base_url api_url instance_url server_url auth_uri token_uri universe_domain
engine database dbname db_name db_instance_identifier db_cluster_identifier schema warehouse bucket
region location timezone locale language environment
user username user_name email client_email from_email
type token_type scope scopes grant_type expires_in expires_at expiry_date created_at api_version
project project_id account_id team_id workspace_id organization_id user_id
auth_provider_x509_cert_url
"""
"""Fields of an account that are no secrets, though they stand beside one."""


def forms(secret: Any) -> frozenset[str]:
    """Every text in a JSON value that is secret, in all the ways in which it may be written."""
    return _forms(json.dumps(secret))


# Each attempt of a step learns its secrets again, which seldom are others than before.
@lru_cache(maxsize=64)
def _forms(dumped: str) -> frozenset[str]:
    return frozenset(form for part in _parts(json.loads(dumped), plain=False) for form in _written(part))


def _parts(value: Any, *, plain: bool) -> Iterator[str]:
    """The texts of a secret, those of JSON within a text, too; of its numbers those that are long."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _parts(item, plain=_plain_name(key) in _PLAIN_NAMES)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item, plain=plain)
    elif isinstance(value, str):
        inner = _json(value)
        yield from _parts(inner, plain=plain)
        if not plain or _may_hold_a_password(value):
            yield from _lines(value) if inner is None else _whole(value)
    elif isinstance(value, int | float) and not plain and len(re.findall(r"\d", repr(value))) >= LEAST:
        yield repr(value)


def _plain_name(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()


_PLAIN_NAMES = frozenset(map(_plain_name, PLAIN.split()))


def _may_hold_a_password(text: str) -> bool:
    """Whether it is a URL with a user, a query, or a long part of its path, such as that of a webhook or a bot."""
    return bool(re.search(r"://.*(@|\?|/[^/]{20})", text))


def _json(text: str) -> Any:
    """The object or the list that a text is; None where it is neither."""
    try:
        return payloads.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except ValueError:
        return None


def _whole(text: str) -> Iterator[str]:
    if len(text.strip()) >= LEAST:
        yield from (text, text.strip())


def _lines(text: str) -> Iterator[str]:
    yield from _whole(text)
    yield from (line.strip() for line in text.splitlines() if len(line.strip()) >= LEAST_LINE)


def _written(part: str) -> set[str]:
    """In one way and in two, as JSON within JSON, or the repr of a request's body, in a log."""
    # The lines of a long text, or its parts as JSON, are masked by themselves; and long patterns take long to compile.
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
        # Behind a quotation mark, an apostrophe is written in another way.
        repr('"' + text)[2:-1],
        ascii('"' + text)[2:-1],
        repr(b'"' + data)[3:-1],
        quote(text, errors="replace"),
        quote(text, safe="", errors="replace"),
        quote_plus(text, errors="replace"),
    }
