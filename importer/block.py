"""Writes a workflow's resources as the template has them: the block of Counter, with other names. Called by plan."""

import io
import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted
from ruamel.yaml.tag import Tag

MARK = "(imported from Pipedream)"
"""Ends the description of each imported step: --replace removes the files of these, and of no others."""

DESCRIPTION_LENGTH = 256
_SECRET = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/"  # noqa: S105
# SAM and CloudFormation read YAML 1.1, where off is false and 1_0 is ten.
_PLAIN = re.compile(r"(?!(?i:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][A-Za-z0-9_-]*")
_PARAMETER = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/"


@dataclass(frozen=True)
class StepBlock:
    """`function` follows the stack's name. `accounts` and `variables` are secrets that the step needs."""

    name: str
    logical_id: str
    function: str
    description: str
    accounts: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    others: dict[str, Any] = field(default_factory=dict)
    """Environment variables that were there, as nodes of a parsed template."""


@dataclass(frozen=True)
class WorkflowBlock:
    name: str
    logical_id: str
    steps: tuple[StepBlock, ...]
    options: str = ""
    timeout: int | None = None
    memory: int | None = None
    version_description: str = ""


def render(block: WorkflowBlock) -> dict[str, str]:
    """YAML of each resource by its logical id, not indented: the steps in order, then the state machine."""
    resources = {step.logical_id: _function(block, step) for step in block.steps}
    resources[block.logical_id] = _machine(block)
    return {name: _dump(name, resource) for name, resource in resources.items()}


def description(text: str) -> str:
    """As long as Lambda takes it."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    room = DESCRIPTION_LENGTH - len(MARK) - 1
    return f"{text if len(text) <= room else text[: room - 1] + '…'} {MARK}"


def _function(block: WorkflowBlock, step: StepBlock) -> CommentedMap:
    properties = CommentedMap(
        FunctionName=_sub(f"${{AWS::StackName}}-{step.function}"),
        Description=step.description,
        CodeUri=f"functions/{block.name}/",
    )
    if block.timeout:
        properties["Timeout"] = block.timeout
    if block.memory:
        properties["MemorySize"] = block.memory
    properties["AutoPublishAlias"] = "live"
    properties["AutoPublishAliasAllProperties"] = True
    properties["VersionDescription"] = _sub(block.version_description)
    properties["Policies"] = _policies(step)
    variables = CommentedMap(STEP=_name(step.name))
    if step.accounts:
        pairs = (f"{name}=secretsmanager:${{AWS::StackName}}/{name}" for name in step.accounts)
        variables["ACCOUNTS"] = _sub(",".join(pairs))
    if step.variables:
        variables["SECRETS"] = _sub(",".join(f"{name}=ssm:/${{AWS::StackName}}/{name}" for name in step.variables))
    variables.update(step.others)
    properties["Environment"] = CommentedMap(Variables=variables)
    return CommentedMap(Type="AWS::Serverless::Function", UpdateReplacePolicy="Retain", Properties=properties)


def _policies(step: StepBlock) -> CommentedSeq:
    policies = CommentedSeq([_ref("StepPolicy")])
    statements = []
    if step.accounts:
        # Secrets Manager adds a hyphen and six characters to a secret's name.
        arns = [_sub(f"{_SECRET}{name}-??????") for name in step.accounts]
        statements.append(
            CommentedMap(Effect="Allow", Action="secretsmanager:GetSecretValue", Resource=CommentedSeq(arns))
        )
    if step.variables:
        arns = [_sub(f"{_PARAMETER}{name}") for name in step.variables]
        statements.append(CommentedMap(Effect="Allow", Action="ssm:GetParameter", Resource=CommentedSeq(arns)))
    if statements:
        policies.append(CommentedMap(Version=Quoted("2012-10-17"), Statement=CommentedSeq(statements)))
    else:
        policies.fa.set_flow_style()
    return policies


def _machine(block: WorkflowBlock) -> CommentedMap:
    steps = ",".join(f"{step.name}=${{{step.logical_id}.Version}}" for step in block.steps)
    invoked = CommentedMap(FunctionName=_sub(f"${{AWS::StackName}}-{block.name}-", style='"'))
    invoked.fa.set_flow_style()
    properties = CommentedMap(
        Name=_sub(f"${{AWS::StackName}}-{block.name}"),
        DefinitionUri="statemachine/workflow.asl.json",
        DefinitionSubstitutions=CommentedMap(
            Workflow=_name(block.name),
            Table=_ref("Runs"),
            Options=Quoted(block.options),
            Steps=_sub(steps),
        ),
        Policies=CommentedSeq([_ref("WorkflowPolicy"), CommentedMap(LambdaInvokePolicy=invoked)]),
    )
    return CommentedMap(Type="AWS::Serverless::StateMachine", Properties=properties)


def _name(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else Quoted(text)


def _sub(text: str, style: str | None = None) -> TaggedScalar:
    return TaggedScalar(text, style=style, tag=Tag(suffix="!Sub"))


def _ref(name: str) -> TaggedScalar:
    return TaggedScalar(name, style=None, tag=Tag(suffix="!Ref"))


def _dump(name: str, resource: CommentedMap) -> str:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    # A text that is too long for a line would be folded.
    yaml.width = 1_000_000
    written = io.StringIO()
    yaml.dump(CommentedMap({name: resource}), written)
    return written.getvalue()
