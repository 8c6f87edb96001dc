"""Connected accounts and secrets of a step.

The environment of a step's function, in the template, has their sources, by the names that the step uses:

    ACCOUNTS: slack=secretsmanager:interlude/slack,github=ssm:/interlude/github
    SECRETS: API_KEY=ssm:/interlude/api-key,TOKEN=secretsmanager:interlude/token
"""

import os
from typing import Any

from interlude.aws import secret_store
from interlude.aws.secret_store import SERVICES, Source
from interlude.errors import NoSecret
from interlude.pd import masking
from interlude.run import payloads

READER = "the step's function"


def account(name: str, wanted_by: str) -> dict[str, Any]:
    """The fields of a connected account. Raises NoSecret, whose sentence begins with `wanted_by`."""
    source = sources("ACCOUNTS").get(name)
    if not source:
        raise NoSecret(
            f"{wanted_by} is the account {name!r}, which ACCOUNTS in the environment of the step's function does not "
            f"have; add {name}=secretsmanager:<name or ARN> or {name}=ssm:<name> to it."
        )
    what = f"{wanted_by} is the account {name!r}"
    try:
        found = payloads.loads(secret_store.read(source, what, READER))
    except ValueError:
        found = None  # the error would quote the secret
    if not isinstance(found, dict):
        raise NoSecret(f'{what}, but {source} does not hold a JSON object such as {{"oauth_access_token": "…"}}.')
    masking.learn(found)
    return found


def set_environment() -> None:
    """Sets the variables that SECRETS names, from their current values. Raises NoSecret."""
    for name, source in sources("SECRETS").items():
        what = f"The environment variable {name} is a secret"
        text = secret_store.read(source, what, READER)
        masking.learn(text)
        try:
            os.environ[name] = text
        except ValueError:
            raise NoSecret(f"{what}, but {source} holds text that a variable can't have.") from None


def sources(variable: str) -> dict[str, Source]:
    """The source of each account or secret, by its name. Raises NoSecret."""
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
                "<name>=secretsmanager:<name or ARN> or <name>=ssm:<name>, separated by commas."
            )
    return found
