"""Checks the signatures of requests to hooks, for workflows whose Options have `verify`.

Each is an HMAC with SHA-256 over the bytes of the body. No part of a request is stored before this check.
"""

import base64
import hmac
import json
from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

import inbound
from interlude import clock, logs
from interlude.aws import secret_store
from interlude.aws.secret_store import Source
from interlude.errors import NoSecret
from interlude.options import Verify
from interlude.settings import settings

TOLERANCE_S = 300
"""How far the signed time may be from ours. Stripe and Slack document five minutes."""

SLACK_TIME = "X-Slack-Request-Timestamp"


class NotSigned(Exception):
    """A request without the signature that its hook requires; says what is missing or wrong."""


class CannotVerify(Exception):
    """The secret can't be read, or is unusable. The reason goes to the log, not to the client."""

    def __init__(self) -> None:
        super().__init__("The signature of this request can't be checked at the moment. Please try again later.")


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a request claims: that one of `signatures` is the signature of `content`."""

    content: bytes
    signatures: list[str]
    signed_at: str | None = None
    """Seconds since the epoch; None if the scheme does not sign a time."""


def check(verify: Verify, event: APIGatewayProxyEventV2) -> None:
    """Raises NotSigned, CannotVerify, and the errors of `inbound.raw_body`."""
    claim = _claim(verify, event)
    expected = [_sign(verify, secret, claim.content) for secret in _secrets(verify)]
    # All are compared, so the time that this takes does not depend on which one matches.
    fits = [
        hmac.compare_digest(ours, theirs.encode(errors="replace")) for ours in expected for theirs in claim.signatures
    ]
    if not any(fits):
        raise NotSigned(f"The signature in {verify.header} does not match this request.")
    if claim.signed_at is not None:
        _check_time(verify, claim.signed_at)


def _claim(verify: Verify, event: APIGatewayProxyEventV2) -> _Claim:
    value = _header(event, verify.header)
    body = inbound.raw_body(event)
    if verify.scheme == "slack":
        sent_at = _header(event, SLACK_TIME)
        return _Claim(f"v0:{sent_at}:".encode(errors="replace") + body, [value.removeprefix("v0=")], sent_at)
    if verify.scheme == "stripe":
        parts = [part.strip().partition("=") for part in value.split(",")]
        sent_at = next((text for name, _, text in parts if name == "t"), "")
        signatures = [text for name, _, text in parts if name == "v1"]
        return _Claim(f"{sent_at}.".encode(errors="replace") + body, signatures, sent_at)
    return _Claim(body, [value.removeprefix("sha256=")])


def _header(event: APIGatewayProxyEventV2, name: str) -> str:
    value = event.headers.get(name.lower(), "").strip()
    if not value:
        raise NotSigned(f"This hook accepts only signed requests, and the header {name} is missing.")
    return value


def _sign(verify: Verify, secret: str, content: bytes) -> bytes:
    digest = hmac.digest(secret.encode(), content, "sha256")
    if verify.scheme in ("shopify", "hmac-sha256-base64"):
        return base64.b64encode(digest)
    return digest.hex().encode()


def _check_time(verify: Verify, signed_at: str) -> None:
    known = signed_at.isascii() and signed_at.isdecimal() and len(signed_at) < 15
    if not known or abs(clock.now_ms() // 1000 - int(signed_at)) > TOLERANCE_S:
        raise NotSigned(
            f"The signature in {verify.header} is from the time {signed_at!r:.40}; "
            f"it must be within {TOLERANCE_S} s of now."
        )


def _secrets(verify: Verify) -> list[str]:
    """The secrets, one a line: two can be in use while a sender switches to a new one."""
    name = f"{settings().stack}/hooks/{verify.name}"
    if verify.service == "ssm":
        name = f"/{name}"
    source = Source(verify.service, name)
    try:
        text = secret_store.read(source, "A hook's signatures are checked with a secret", "the API's function")
    except NoSecret as error:
        raise _unusable(str(error)) from None
    secrets = [line.strip() for line in text.splitlines() if line.strip()]
    if not secrets or _is_json_object(text):
        raise _unusable(f"The secret {source} must be plain text, one secret per line; it is empty or a JSON object.")
    return secrets


def _is_json_object(text: str) -> bool:
    """Whether the console of Secrets Manager stored keys and values."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _unusable(reason: str) -> CannotVerify:
    logs.write(reason, "ERROR", errorType="CannotVerify")
    return CannotVerify()
