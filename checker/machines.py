"""The rules for a workflow's state machine."""

import re
from collections.abc import Iterator

from checker.finding import Finding
from checker.resources import DEFINITION, STACK, STEP_HANDLER, Entry, Machine, Template
from interlude.errors import BadOption
from interlude.options import WORKFLOW, Options
from sync import names

STEP = re.compile(r"[\w-]+")
SHAPE = "name=${Function.Version}"
REFERENCES = {"Table": "Runs", "Partition": "AWS::Partition"}
"""Substitutions from the stack that the definition needs."""


def findings(template: Template) -> Iterator[Finding]:
    """The mistakes in each workflow."""
    for machine in template.workflows:
        yield from _definition(machine)
        yield from _name(machine)
        yield from _twins(machine, template)
        yield from _references(machine)
        yield from _options(machine, template)
        yield from _steps(machine, template)
        yield from _policies(machine, template)


def _definition(machine: Machine) -> Iterator[Finding]:
    given = machine.property("DefinitionUri")
    if not (given and given.value) and machine.property("Definition") is None:
        text = f"DefinitionUri is {given or 'missing'}; it must be statemachine/{DEFINITION}."
        yield machine.finding(given, text, machine.logical_id)
    elif machine.definition and not machine.definition.is_file():
        text = f"DefinitionUri is {given}, but {machine.definition} does not exist."
        yield machine.finding(given, text, machine.logical_id)


def _name(machine: Machine) -> Iterator[Finding]:
    if not machine.workflow:
        given = machine.substitution("Workflow")
        yield machine.finding(
            given or machine.property("DefinitionSubstitutions"),
            f"Workflow in DefinitionSubstitutions is {given or 'missing'}; it must be the workflow's name, as text.",
            machine.logical_id,
        )
    elif not WORKFLOW.fullmatch(machine.workflow):
        text = f"Workflow is {machine.workflow!r}; it must have 1 to 50 of A to Z, a to z, 0 to 9, _ and -."
        yield machine.finding(machine.substitution("Workflow"), text, machine.logical_id)
    elif not machine.is_named:
        name = machine.property("Name")
        wanted = f"!Sub {STACK}{machine.workflow}"
        text = f"Name is {name or 'missing'}; for Workflow {machine.workflow!r} it must be {wanted}."
        yield machine.finding(name, text, machine.logical_id)


def _twins(machine: Machine, template: Template) -> Iterator[Finding]:
    before = template.workflows[: template.workflows.index(machine)]
    for other in before:
        if machine.workflow and other.workflow == machine.workflow:
            text = (
                f"Workflow is {machine.workflow!r}, as in {other.logical_id} at line {other.line}; each workflow must "
                "have its own name."
            )
            yield machine.finding(machine.substitution("Workflow"), text, machine.logical_id, other.logical_id)


def _references(machine: Machine) -> Iterator[Finding]:
    for name, wanted in REFERENCES.items():
        given = machine.substitution(name)
        reference = given.at("Ref") if given else None
        if reference is None or reference.text != wanted:
            text = f"{name} in DefinitionSubstitutions is {given or 'missing'}; it must be !Ref {wanted}."
            yield machine.finding(given or machine.property("DefinitionSubstitutions"), text, machine.logical_id)


def _options(machine: Machine, template: Template) -> Iterator[Finding]:
    given = machine.substitution("Options")
    if given is None:
        text = 'Options in DefinitionSubstitutions is missing; without any words it must be "".'
        yield machine.finding(machine.property("DefinitionSubstitutions"), text, machine.logical_id)
    elif given.text is None:
        # The value of a parameter is not known before the deployment.
        if not given.is_function:
            text = f'Options in DefinitionSubstitutions is {given}; it must be text, such as "respond retry".'
            yield machine.finding(given, text, machine.logical_id)
    else:
        try:
            on_error = Options.parse(given.text).on_error
        except BadOption as error:
            yield machine.finding(given, str(error), machine.logical_id)
        else:
            known = [each.workflow for each in template.workflows]
            if on_error and on_error not in known:
                text = f"Options has on_error={on_error}; it must name a workflow: {', '.join(known)}."
                yield machine.finding(given, text, machine.logical_id)


def _steps(machine: Machine, template: Template) -> Iterator[Finding]:
    given = machine.substitution("Steps")
    if given is None or not given.sub:
        text = f"Steps in DefinitionSubstitutions is {given or 'missing'}; it must be !Sub {SHAPE},{SHAPE}."
        yield machine.finding(given or machine.property("DefinitionSubstitutions"), text, machine.logical_id)
        return
    seen: set[str] = set()
    for entry in machine.entries:
        text = _of_entry(entry, template) or _of_another(entry, machine, template)
        if not text and entry.name in seen:
            text = f"Steps has {entry.name!r} twice; each step may occur only once."
        seen.add(entry.name)
        if text:
            yield machine.finding(given, text, machine.logical_id)


def _of_entry(entry: Entry, template: Template) -> str:
    """The mistake in an entry of Steps, or empty."""
    function = template.functions.get(entry.function)
    if not entry.name:
        return f"Steps has {entry.text!r}; each step must be {SHAPE}, separated by commas without spaces."
    if not STEP.fullmatch(entry.name):
        return f"Steps has {entry.name!r}; a step's name may only have letters, digits, _ and -."
    if reason := names.taken(entry.name):
        return f"Steps has {entry.name!r}, {reason}; give the step another name."
    if function is None:
        return f"Steps has {entry.text!r}, but {entry.function} is not a function in this template; it must be a step."
    if not function.is_step:
        return f"Steps has {entry.text!r}, but the Handler of {entry.function} must be {STEP_HANDLER}, as in Globals."
    if entry.attribute != "Version":
        return (
            f"Steps has {entry.text!r}; it must be {entry.name}=${{{entry.function}.Version}}, because a run keeps the "
            "versions that it began with."
        )
    return ""


def _of_another(entry: Entry, machine: Machine, template: Template) -> str:
    """The mistake in a step that another workflow may call, and this one may not; or empty."""
    function = template.functions[entry.function]
    others = [each for each, _ in template.naming(entry.function) if each.may_call(function)]
    if not others or machine in others:
        return ""
    return (
        f"Steps has {entry.text!r}, a step of {others[0].logical_id}; {machine.logical_id} may only call functions "
        f"whose FunctionName begins with {machine.prefix}, and those that its LambdaInvokePolicy names."
    )


def _policies(machine: Machine, template: Template) -> Iterator[Finding]:
    # The owner's own role is trusted.
    if machine.property("Role") or not machine.workflow:
        return
    if not machine.has_policy("WorkflowPolicy"):
        text = "Policies lacks !Ref WorkflowPolicy; without it no run can begin."
        yield machine.finding(machine.property("Policies"), text, machine.logical_id)
    # A function with another name can't be called either; that finding belongs to the function.
    named = [each for each in template.functions_of(machine) if each.name.startswith(machine.prefix)]
    if all(map(machine.may_call, named)):
        return
    wanted = f'LambdaInvokePolicy: {{FunctionName: !Sub "{machine.prefix}"}}'
    at = machine.property("Policies")
    text = f"Policies lacks a policy to call the workflow's steps; it must have {wanted}."
    called = machine.callees()
    if called:
        at = called[0]
        text = f"LambdaInvokePolicy has FunctionName {at}, which does not match all steps; it must be {wanted}."
    yield machine.finding(at, text, machine.logical_id)
