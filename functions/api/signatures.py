"""The signatures with which senders of hooks prove who they are, for workflows whose Options have `verify`.

Each is an HMAC with SHA-256 over the bytes of the body. Nothing of a request is kept before it has been checked.
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
"""How far the time that is signed may be from ours. Stripe and Slack document five minutes."""

SLACK_TIME = "X-Slack-Request-Timestamp"


class NotSigned(Exception):
    """A request without the signature that its hook asks for; says what is missing or wrong."""


class CannotVerify(Exception):
    """The secret can't be read, or is none. Why is in the log, and not for strangers."""

    def __init__(self) -> None:
        super().__init__("The signature of this request can't be checked at the moment. Please send it again later.")


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a request says of itself: `signatures`, of which one has to be that of `content`."""

    content: bytes
    signatures: list[str]
    signed_at: str | None = None
    """Seconds since the epoch; None where the scheme has no time."""


def check(verify: Verify, event: APIGatewayProxyEventV2) -> None:
    """Raises NotSigned, CannotVerify, and what `inbound.raw_body` does."""
    claim = _claim(verify, event)
    expected = [_sign(verify, secret, claim.content) for secret in _secrets(verify)]
    # All are compared: how long it takes does not depend on which of them fits.
    fits = [
        hmac.compare_digest(ours, theirs.encode(errors="replace")) for ours in expected for theirs in claim.signatures
    ]
    if not any(fits):
        raise NotSigned(f"The signature in {verify.header} is not the one of this request.")
    if claim.signed_at is not None:
        _check_time(verify, claim.signed_at)


def _claim(verify: Verify, event: APIGatewayProxyEventV2) -> _Claim:
    value, body = _header(event, verify.header), inbound.raw_body(event)
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
        raise NotSigned(f"This hook takes signed requests only, and the header {name} is missing.")
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
            f"The signature in {verify.header} is of the time {signed_at!r:.40}; "
            f"it must be within {TOLERANCE_S} s of now."
        )


def _secrets(verify: Verify) -> list[str]:
    """Each line of the secret is one, so that two can be in use while a sender changes over."""
    below = f"{settings().stack}/hooks/{verify.name}"
    source = Source(verify.service, f"/{below}" if verify.service == "ssm" else below)
    try:
        text = secret_store.read(source, "A hook's signatures are checked with a secret", "the API's function")
    except NoSecret as error:
        raise _unusable(str(error)) from None
    secrets = [line.strip() for line in text.splitlines() if line.strip()]
    if not secrets or _is_json_object(text):
        raise _unusable(f"The secret {source} must be plain text, one secret a line: it is empty, or a JSON object.")
    return secrets


def _is_json_object(text: str) -> bool:
    """As the console of Secrets Manager makes one of keys and values."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _unusable(reason: str) -> CannotVerify:
    logs.write(reason, "ERROR", errorType="CannotVerify")
    return CannotVerify()
