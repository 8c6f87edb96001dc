"""The policy of a step's function to read its own secrets, and no others."""

from collections.abc import Iterable

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from sync.nodes import text_or_sub

_SECRET = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"  # noqa: S105
_PARAMETER = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/"
_ACTIONS = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameter"}


def to_read(places: Iterable[str]) -> list[CommentedMap]:
    """A policy to read what lies in these places, such as `ssm:/name`; none where there are none."""
    arns: dict[str, list[str]] = {service: [] for service in _ACTIONS}
    for place in dict.fromkeys(places):
        service, _, name = place.partition(":")
        arns[service].append(_arn(service, name))
    statements = [
        CommentedMap(Effect="Allow", Action=_ACTIONS[service], Resource=CommentedSeq(map(text_or_sub, resources)))
        for service, resources in arns.items()
        if resources
    ]
    return [CommentedMap(Version=Quoted("2012-10-17"), Statement=CommentedSeq(statements))] if statements else []


def _arn(service: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    # Secrets Manager adds a hyphen and six characters to a secret's name.
    return f"{_SECRET}{name}-??????" if service == "secretsmanager" else _PARAMETER + name.removeprefix("/")
