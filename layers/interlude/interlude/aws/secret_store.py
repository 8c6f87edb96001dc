"""Reads secrets: the one module that calls Secrets Manager and the Parameter Store."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from botocore.exceptions import BotoCoreError, ClientError

from interlude import clock
from interlude.aws.busy import is_busy
from interlude.aws.clients import client
from interlude.errors import NoSecret

KEPT_MS = 300_000
"""How long a secret is cached: for this long, a rotated secret may still be in use."""

SERVICES = {"secretsmanager": "Secrets Manager", "ssm": "the Parameter Store"}
ACTIONS = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameter"}
MISSING = ("ResourceNotFoundException", "ParameterNotFound")
REFUSED = ("AccessDeniedException", "AccessDenied")


@dataclass(frozen=True, slots=True)
class Source:
    service: str
    id: str

    def __str__(self) -> str:
        return f"{self.service}:{self.id}"


_read: dict[Source, tuple[int, str]] = {}
_lock = Lock()


class _Unavailable(NoSecret):
    """A temporary error, which is not about the secret itself."""


def read(source: Source, what: str, reader: str) -> str:
    """The text of a secret, at most five minutes old. Raises NoSecret, whose sentence begins with `what`.

    `reader` is what the error calls the function that needs the permission.
    """
    read_at, text = _read.get(source, (None, ""))
    if read_at is None or clock.now_ms() - read_at >= KEPT_MS:
        try:
            text = _request(source, what, reader)
        except _Unavailable as unavailable:
            if read_at is None:
                raise NoSecret(*unavailable.args) from None
            print(f"{unavailable} The previous value is used for 5 more minutes.")
        _read[source] = clock.now_ms(), text
    return text


def _request(source: Source, what: str, reader: str) -> str:
    service = SERVICES[source.service]
    try:
        with _nothing_logged():
            if source.service == "ssm":
                return str(client("ssm").get_parameter(Name=source.id, WithDecryption=True)["Parameter"]["Value"])
            answer = client("secretsmanager").get_secret_value(SecretId=source.id)
    except ClientError as error:
        # Without AWS's message: its content is not specified, and might include the secret.
        code = error.response["Error"]["Code"]
        if code in MISSING:
            problem = f"{service} has no secret of this name; create it, or correct the name"
        elif code in REFUSED:
            problem = f"{reader} may not read it; allow {ACTIONS[source.service]} on it in its Policies"
        else:
            problem = f"{service} answered {code}"
            if is_busy(error):
                raise _Unavailable(f"{what} from {source}, but {problem}.") from None
        raise NoSecret(f"{what} from {source}, but {problem}.") from None
    except BotoCoreError as error:
        raise _Unavailable(f"{what} from {source}, but {service} can't be reached: {type(error).__name__}.") from None
    if "SecretString" not in answer:
        raise NoSecret(f"{what} from {source}, but that is binary; it must be text.")
    return str(answer["SecretString"])


@contextmanager
def _nothing_logged() -> Iterator[None]:
    """Silences botocore, which logs whole responses at DEBUG: the secret can't be masked before it is known."""
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
