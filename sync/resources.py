"""Writes a workflow's resources as YAML: a function for each step, and the state machine.

Nothing else writes such a block.
"""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from sync import places, policies, schedules
from sync.nodes import FUNCTION, MACHINE, below, dump, ref, sub, text_or_sub, unmistakable
from sync.workflow import Step, Workflow

REMOVED = "RemovedFromSteps"
"""In the Metadata of a function that only older runs need: docs/upgrading.md."""


def render(workflow: Workflow, ids: Mapping[str, str], version_description: str) -> str:
    """The YAML, not indented. `ids` are the logical ids of the steps by their names, and of the machine by ""."""
    functions = [_text(ids[step.name], _function(workflow, step, version_description)) for step in workflow.steps]
    return "\n".join([*functions, _text(ids[""], _machine(workflow, ids))])


def _function(workflow: Workflow, step: Step, version_description: str) -> CommentedMap:
    properties = CommentedMap(
        FunctionName=sub(f"${{AWS::StackName}}-{workflow.name}-{step.function}"),
        Description=unmistakable(step.description),
        CodeUri=workflow.code_uri or f"functions/{workflow.name}/",
    )
    if step.timeout_s is not None:
        properties["Timeout"] = step.timeout_s
    if step.memory_mb is not None:
        properties["MemorySize"] = step.memory_mb
    properties["AutoPublishAlias"] = "live"
    properties["AutoPublishAliasAllProperties"] = True
    properties["VersionDescription"] = sub(version_description)
    # An older template lacks the parameter.
    if "${SnapStart}" in version_description:
        properties["SnapStart"] = _in_one_line(ApplyOn=ref("SnapStart"))
    properties["Policies"] = _policies(step)
    properties["Environment"] = CommentedMap(Variables=_variables(step))
    resource = CommentedMap(Type=FUNCTION, UpdateReplacePolicy="Retain", Properties=properties)
    _add(resource, step.resource)
    if step.is_disabled:
        _add(resource, {"Metadata": {REMOVED: True}})
    return resource


def _policies(step: Step) -> CommentedSeq:
    to_read = policies.to_read([*step.accounts.values(), *step.secrets.values()])
    sequence = CommentedSeq([ref("StepPolicy"), *to_read, *step.policies])
    if len(sequence) == 1:
        sequence.fa.set_flow_style()
    return sequence


def _variables(step: Step) -> CommentedMap:
    variables = CommentedMap(STEP=unmistakable(step.name))
    if step.accounts:
        variables["ACCOUNTS"] = text_or_sub(places.join(step.accounts))
    if step.secrets:
        variables["SECRETS"] = text_or_sub(places.join(step.secrets))
    variables.update({unmistakable(name): value for name, value in step.environment.items()})
    return variables


def _machine(workflow: Workflow, ids: Mapping[str, str]) -> CommentedMap:
    steps = (f"{step.name}=${{{ids[step.name]}.Version}}" for step in workflow.steps if not step.is_disabled)
    properties = CommentedMap(
        Name=sub(f"${{AWS::StackName}}-{workflow.name}"),
        DefinitionUri="statemachine/workflow.asl.json",
        Tracing=_in_one_line(Enabled=True),
        DefinitionSubstitutions=CommentedMap(
            Workflow=unmistakable(workflow.name),
            Partition=ref("AWS::Partition"),
            Table=ref("Runs"),
            Options=Quoted(workflow.options),
            Steps=sub(",".join(steps)),
        ),
        Policies=CommentedSeq(
            [
                ref("WorkflowPolicy"),
                CommentedMap(
                    LambdaInvokePolicy=_in_one_line(
                        FunctionName=sub(f"${{AWS::StackName}}-{workflow.name}-", style='"')
                    )
                ),
            ]
        ),
    )
    if workflow.schedules:
        properties["Events"] = schedules.events(workflow, below(workflow.resource, "Properties", "Events") or {})
    resource = CommentedMap(Type=MACHINE, Properties=properties)
    _add(resource, workflow.resource)
    return resource


def _add(node: CommentedMap, more: Mapping[str, Any]) -> None:
    """Puts keys behind those that are there, and goes into mappings that both have."""
    for key, value in more.items():
        if isinstance(node.get(key), CommentedMap) and isinstance(value, Mapping):
            _add(node[key], value)
        else:
            node[key] = value


def _in_one_line(**keys: Any) -> CommentedMap:
    node = CommentedMap(keys)
    node.fa.set_flow_style()
    return node


def _text(logical_id: str, resource: CommentedMap) -> str:
    return dump(CommentedMap({logical_id: resource}))
