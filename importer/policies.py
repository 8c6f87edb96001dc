"""The policies of a workflow's functions and state machine."""

from collections.abc import Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted
from ruamel.yaml.tag import Tag

from importer.nodes import plain

OF_THE_STACK = "ssm:/${AWS::StackName}/"
"""The prefix in SECRETS of parameters that an import names."""

_SECRET = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/"  # noqa: S105
_PARAMETER = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/"
_ACTIONS = ("secretsmanager:GetSecretValue", "ssm:GetParameter")


def of_step(accounts: Iterable[str], secrets: dict[str, str], there: list[Any]) -> CommentedSeq:
    """Policies for what every step does, and to read the step's own secrets. `there` are the function's policies."""
    # Secrets Manager adds a hyphen and six characters to a secret's name.
    arns = [
        [f"{_SECRET}{name}-??????" for name in accounts],
        [_PARAMETER + place.removeprefix(OF_THE_STACK) for place in secrets.values() if place.startswith(OF_THE_STACK)],
    ]
    statements = [
        CommentedMap(Effect="Allow", Action=action, Resource=CommentedSeq(map(sub, resources)))
        for action, resources in zip(_ACTIONS, arns, strict=True)
        if resources
    ]
    own = CommentedSeq([ref("StepPolicy")])
    if statements:
        own.append(CommentedMap(Version=Quoted("2012-10-17"), Statement=CommentedSeq(statements)))
    policies = merged(own, there)
    if len(policies) == 1:
        policies.fa.set_flow_style()
    return policies


def merged(own: CommentedSeq, there: list[Any]) -> CommentedSeq:
    """The policies `there`, in their order. `own` replaces those of earlier imports; missing ones are appended."""
    said = [plain(each) for each in own]
    left = list(range(len(own)))
    policies = CommentedSeq()
    for each in there:
        of_secrets = _is_of_secrets(plain(each))
        same = [at for at in left if said[at] == plain(each) or (of_secrets and _is_of_secrets(said[at]))]
        if same:
            policies.append(own[left.pop(left.index(same[0]))])
        elif not of_secrets and plain(each) not in said:
            policies.append(each)
    policies.extend(own[at] for at in left)
    return policies


def _is_of_secrets(policy: Any) -> bool:
    """Whether a policy only allows to read the stack's own secrets, like those that an import writes."""
    if not isinstance(policy, dict) or set(policy) != {"Version", "Statement"}:
        return False
    statements = policy["Statement"]
    return isinstance(statements, list) and all(
        isinstance(each, dict)
        and each.get("Action") in _ACTIONS
        and isinstance(each.get("Resource"), list)
        and all(map(_is_of_the_stack, each["Resource"]))
        for each in statements
    )


def _is_of_the_stack(arn: Any) -> bool:
    return isinstance(arn, dict) and str(arn.get("!Sub")).startswith((_SECRET, _PARAMETER))


def sub(text: str, style: str | None = None) -> TaggedScalar:
    return TaggedScalar(text, style=style, tag=Tag(suffix="!Sub"))


def ref(name: str) -> TaggedScalar:
    return TaggedScalar(name, style=None, tag=Tag(suffix="!Ref"))
