"""Writes a workflow's resources in the form that the template has: the block of Counter, with other names."""

import io
import re
import textwrap
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from importer import policies
from importer.kept import Kept
from importer.policies import ref, sub

MARK = "(imported from Pipedream)"
"""Ends the description of each imported step: --replace removes only the files of such steps."""

DESCRIPTION_LENGTH = 256
# SAM and CloudFormation read YAML 1.1, in which off is false and 1_0 is ten.
_PLAIN = re.compile(r"(?!(?i:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class StepBlock:
    """`function` follows the stack's name. `accounts` and `variables` are secrets that the step gets."""

    name: str
    logical_id: str
    function: str
    description: str
    accounts: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    kept: Kept = field(default_factory=Kept)

    def secrets(self) -> dict[str, str]:
        """The source of each variable; an existing one is kept."""
        new = {name: policies.OF_THE_STACK + name for name in self.variables if name not in self.kept.secrets}
        return self.kept.secrets | new


@dataclass(frozen=True)
class WorkflowBlock:
    name: str
    logical_id: str
    steps: tuple[StepBlock, ...]
    options: str = ""
    timeout: int | None = None
    memory: int | None = None
    version_description: str = ""
    kept: Kept = field(default_factory=Kept)


def render(block: WorkflowBlock) -> dict[str, str]:
    """YAML of each resource by its logical id, not indented: the steps in order, then the state machine."""
    resources = {step.logical_id: _function(block, step) for step in block.steps}
    resources[block.logical_id] = _machine(block)
    return {name: _text(CommentedMap({name: resource})) for name, resource in resources.items()}


def description(text: str, *, brought: bool) -> str:
    """The text cut to Lambda's limit. `brought` is whether the step's file comes from an import, not from its owner."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    end = f" {MARK}" if brought else ""
    room = DESCRIPTION_LENGTH - len(end)
    if len(text) > room:
        text = f"{text[: room - 1]}…"
    return f"{text}{end}"


def secrets(step: StepBlock) -> str:
    """The properties of a step's function that have its secrets, as they are written in the template."""
    text = _text(CommentedMap(Policies=_policies(step), Environment=_environment(step)))
    return textwrap.indent(text, " " * 6)


def _function(block: WorkflowBlock, step: StepBlock) -> CommentedMap:
    properties = CommentedMap(
        FunctionName=sub(f"${{AWS::StackName}}-{step.function}"),
        Description=step.description,
        CodeUri=f"functions/{block.name}/",
    )
    for key, given, there in (
        ("Timeout", block.timeout, step.kept.timeout),
        ("MemorySize", block.memory, step.kept.memory),
    ):
        if given or there is not None:
            properties[key] = given or there
    properties["AutoPublishAlias"] = "live"
    properties["AutoPublishAliasAllProperties"] = True
    properties["VersionDescription"] = sub(block.version_description)
    # An older template lacks the parameter.
    if "${SnapStart}" in block.version_description:
        snapshots = CommentedMap(ApplyOn=ref("SnapStart"))
        snapshots.fa.set_flow_style()
        properties["SnapStart"] = snapshots
    properties["Policies"] = _policies(step)
    properties["Environment"] = _environment(step)
    return CommentedMap(Type="AWS::Serverless::Function", UpdateReplacePolicy="Retain", Properties=properties)


def _environment(step: StepBlock) -> CommentedMap:
    variables = CommentedMap(STEP=_name(step.name))
    if step.accounts:
        places = {name: f"secretsmanager:${{AWS::StackName}}/{name}" for name in step.accounts}
        variables["ACCOUNTS"] = sub(_pairs(places))
    if step.secrets():
        variables["SECRETS"] = sub(_pairs(step.secrets()))
    variables.update(step.kept.variables)
    return CommentedMap(Variables=variables)


def _pairs(places: dict[str, str]) -> str:
    return ",".join(f"{name}={place}" for name, place in places.items())


def _policies(step: StepBlock) -> CommentedSeq:
    return policies.of_step(step.accounts, step.secrets(), step.kept.policies)


def _machine(block: WorkflowBlock) -> CommentedMap:
    steps = ",".join(f"{step.name}=${{{step.logical_id}.Version}}" for step in block.steps)
    invoked = CommentedMap(FunctionName=sub(f"${{AWS::StackName}}-{block.name}-", style='"'))
    invoked.fa.set_flow_style()
    tracing = CommentedMap(Enabled=True)
    tracing.fa.set_flow_style()
    properties = CommentedMap(
        Name=sub(f"${{AWS::StackName}}-{block.name}"),
        DefinitionUri="statemachine/workflow.asl.json",
        Tracing=tracing,
        DefinitionSubstitutions=CommentedMap(
            Workflow=_name(block.name),
            Partition=ref("AWS::Partition"),
            Table=ref("Runs"),
            Options=Quoted(block.options),
            Steps=sub(steps),
        ),
        Policies=policies.merged(
            CommentedSeq([ref("WorkflowPolicy"), CommentedMap(LambdaInvokePolicy=invoked)]), block.kept.policies
        ),
    )
    return CommentedMap(Type="AWS::Serverless::StateMachine", Properties=properties)


def _name(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else Quoted(text)


def _text(node: CommentedMap) -> str:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    # Otherwise a long text would be folded.
    yaml.width = 1_000_000
    written = io.StringIO()
    yaml.dump(node, written)
    return written.getvalue()
