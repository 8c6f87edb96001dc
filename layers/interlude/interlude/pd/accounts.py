"""Connected accounts and secrets: the one module that calls Secrets Manager and the Parameter Store.

The template says in the environment of a step's function where they come from, by the names that the step knows:

    ACCOUNTS: slack=secretsmanager:interlude/slack,github=ssm:/interlude/github
    SECRETS: API_KEY=ssm:/interlude/api-key,TOKEN=secretsmanager:interlude/token

Called by `inputs` and `usercode`.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from interlude import clock
from interlude.aws.clients import client
from interlude.errors import NoSecret
from interlude.pd import masking
from interlude.run import payloads

KEPT_MS = 300_000
"""How long a secret is used before it is read again: how long a rotated one may still be in use."""

SERVICES = {"secretsmanager": "Secrets Manager", "ssm": "the Parameter Store"}
ACTIONS = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameter"}
MISSING = ("ResourceNotFoundException", "ParameterNotFound")
REFUSED = ("AccessDeniedException", "AccessDenied")
PASSING = ("ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "InternalServiceError")


@dataclass(frozen=True, slots=True)
class Source:
    service: str
    id: str

    def __str__(self) -> str:
        return f"{self.service}:{self.id}"


_read: dict[Source, tuple[int, str]] = {}
_lock = Lock()


def account(name: str, wanted_by: str) -> dict[str, Any]:
    """What is known of a connected account. Raises NoSecret, which begins with `wanted_by`."""
    source = sources("ACCOUNTS").get(name)
    if not source:
        raise NoSecret(
            f"{wanted_by} is the account {name!r}, which ACCOUNTS in the environment of the step's function does not "
            f"have; add {name}=secretsmanager:<name or ARN> or {name}=ssm:<name> to it."
        )
    what = f"{wanted_by} is the account {name!r}"
    try:
        found = payloads.loads(_text(source, what))
    except ValueError:
        found = None  # whose error would quote the secret
    if not isinstance(found, dict):
        raise NoSecret(f'{what}, but {source} does not hold a JSON object such as {{"oauth_access_token": "…"}}.')
    masking.learn(found)
    return found


def set_environment() -> None:
    """Sets the variables that SECRETS names, or sets them again where they may have been rotated. Raises NoSecret."""
    for name, source in sources("SECRETS").items():
        what = f"The environment variable {name} is a secret"
        text = _text(source, what)
        masking.learn(text)
        try:
            os.environ[name] = text
        except ValueError:
            raise NoSecret(f"{what}, but {source} does not hold text that a variable can have.") from None


def sources(variable: str) -> dict[str, Source]:
    """Where each account or secret comes from, by its name. Raises NoSecret."""
    found = {}
    for entry in os.environ.get(variable, "").split(","):
        # Names and ARNs of secrets may hold = and : themselves.
        name, _, place = (part.strip() for part in entry.partition("="))
        service, _, source_id = place.partition(":")
        if name and source_id and service in SERVICES:
            found[name] = Source(service, source_id)
        elif entry.strip():
            raise NoSecret(
                f"{variable} in the environment of the step's function has {entry.strip()!r}; each entry must be "
                "<name>=secretsmanager:<name or ARN> or <name>=ssm:<name>, with commas between them."
            )
    return found


class _Unavailable(NoSecret):
    """The service has said nothing of the secret itself."""


def _text(source: Source, what: str) -> str:
    read_at, text = _read.get(source, (None, ""))
    if read_at is None or clock.now_ms() - read_at >= KEPT_MS:
        try:
            text = _request(source, what)
        except _Unavailable as unavailable:
            if read_at is None:
                raise NoSecret(*unavailable.args) from None
            print(f"{unavailable} What it was before is used for 5 more minutes.")
        _read[source] = clock.now_ms(), text
    return text


def _request(source: Source, what: str) -> str:
    service = SERVICES[source.service]
    try:
        with _nothing_logged():
            if source.service == "ssm":
                return str(client("ssm").get_parameter(Name=source.id, WithDecryption=True)["Parameter"]["Value"])
            answer = client("secretsmanager").get_secret_value(SecretId=source.id)
    except ClientError as error:
        # Not the message: it is AWS's, and nobody has promised what stands in it.
        code = error.response["Error"]["Code"]
        if code in MISSING:
            problem = f"{service} has nothing of this name; create it, or correct the name"
        elif code in REFUSED:
            problem = f"the step's function may not read it; allow it {ACTIONS[source.service]} on it in its Policies"
        else:
            problem = f"{service} answered {code}"
            if code in PASSING or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
                raise _Unavailable(f"{what} from {source}, but {problem}.") from None
        raise NoSecret(f"{what} from {source}, but {problem}.") from None
    except BotoCoreError as error:
        raise _Unavailable(f"{what} from {source}, but {service} can't be asked: {type(error).__name__}.") from None
    if "SecretString" not in answer:
        raise NoSecret(f"{what} from {source}, but that is binary; it must be text.")
    return str(answer["SecretString"])


@contextmanager
def _nothing_logged() -> Iterator[None]:
    """botocore logs whole answers at DEBUG, which a step may have set for all loggers: before the secret is known."""
    loggers = [logging.getLogger(name) for name in ("botocore", "botocore.parsers", "urllib3")]
    with _lock:
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(max(logger.getEffectiveLevel(), logging.WARNING))
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
