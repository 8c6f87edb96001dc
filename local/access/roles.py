"""The roles in moto: what policies they have, whom they trust, and credentials to act under one.

Called by verdicts, deploy, workers and moto_differences. Calls policies, and moto's IAM and STS in this process.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, Role, iam_backends
from moto.sts.models import sts_backends

from local.access.policies import trusts
from local.errors import LocalError

_ACCOUNT = "123456789012"
_PARTITION = "aws"


@dataclass(frozen=True)
class Credentials:
    """What AWS gives who has assumed a role."""

    access_key_id: str
    secret_access_key: str
    session_token: str


def assume(arn: str, service: str, session: str, region: str) -> Credentials | None:
    """Credentials of a role for a service that it trusts. None for a role that is not here: nothing is known of it.

    Raises LocalError where the role does not trust the service.
    """
    if not is_here(arn):
        return None
    check_trust(arn, service)
    backend: Any = sts_backends[_ACCOUNT][_PARTITION]
    made = backend.assume_role(region, session[:64], arn, None, 3600, None)
    return Credentials(made.access_key_id, made.secret_access_key, made.session_token)


def is_here(arn: str) -> bool:
    """Whether moto has the role."""
    return _role(arn) is not None


def check_trust(arn: str, service: str) -> None:
    """Raises LocalError for a role that does not trust a service, as AWS refuses to make what would act under it."""
    role = _role(arn)
    if role and not trusts(role.assume_role_policy_document, service):
        raise LocalError(f"{role.name} can't be assumed by {service}: its AssumeRolePolicyDocument does not allow it.")


def assumed_by(access_key_id: str) -> str | None:
    """The ARN of the role behind an access key; None for a key that no role has."""
    key = iam_backends[_ACCOUNT][_PARTITION].access_keys.get(access_key_id)
    return key.role_arn if key else None


def session_of(access_key_id: str) -> str:
    """The ARN that AWS calls the holder of a role's access key by."""
    backend: Any = sts_backends[_ACCOUNT][_PARTITION]
    found = backend.get_assumed_role_from_access_key(access_key_id)
    return str(found.arn) if found else access_key_id


def policies_of(arn: str) -> Iterator[tuple[str, str]]:
    """Name and document, as JSON text, of each policy of a role."""
    role = _role(arn)
    if role is None:
        return
    for name, document in role.policies.items():
        # moto keeps what CloudFormation has given it as it is.
        yield name, document if isinstance(document, str) else json.dumps(document)
    for attached, policy in list(role.managed_policies.items()):
        yield attached, next(version.document for version in policy.versions if version.is_default)


def attach(role: Role, policy_arns: list[str]) -> None:
    """Attaches managed policies: those of the stack, and AWS's own."""
    backend = iam_backends[_ACCOUNT][_PARTITION]
    for arn in policy_arns:
        if arn in backend.managed_policies:
            backend.managed_policies[arn].attach_to(role)
        elif data := _of_aws(arn):
            AWSManagedPolicy.from_data(arn.rpartition("/")[2], _ACCOUNT, "aws-global", data).attach_to(role)


def detach_all(name: str) -> None:
    """Takes all managed policies from a role."""
    if role := _role(name):
        for policy in list(role.managed_policies.values()):
            policy.detach_from(role)


def _role(arn: str) -> Role | None:
    name = arn.rpartition("/")[2]
    return next((each for each in list(iam_backends[_ACCOUNT][_PARTITION].roles.values()) if each.name == name), None)


@lru_cache
def _of_aws(arn: str) -> dict[str, Any] | None:
    """A policy that AWS manages. moto has all of them in one text of 5 MB, of which only this one is read."""
    name = arn.rpartition("/")[2]
    key = f'\n "{name}":'
    start = aws_managed_policies_data.find(key)
    if start < 0:
        return None
    policy: dict[str, Any] = json.JSONDecoder().raw_decode(aws_managed_policies_data, start + len(key))[0]
    return policy if arn == f"arn:{_PARTITION}:iam::aws:policy{policy['Path']}{name}" else None
