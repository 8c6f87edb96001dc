"""The rules for the functions of steps."""

from collections.abc import Iterator

from checker.finding import Finding
from checker.resources import Function, Template
from sync.resources import REMOVED

CODE = ("CodeUri", "InlineCode", "ImageUri")


def findings(template: Template) -> Iterator[Finding]:
    """The mistakes in each step."""
    for function in template.functions.values():
        if function.is_step:
            yield from _step(function, template)
            yield from _named(function, template)
            yield from _versions(function, template)
            yield from _code(function, template)
            yield from _name(function, template)
            yield from _policies(function)


def _step(function: Function, template: Template) -> Iterator[Finding]:
    given = function.step
    naming = template.naming(function.logical_id)
    wrong = [(machine, entry) for machine, entry in naming if entry.name and (not given or given.text != entry.name)]
    machines = [machine.logical_id for machine, _ in wrong]
    if wrong:
        machine, entry = wrong[0]
        text = (
            f"STEP is {given or 'missing'}, but {machine.logical_id} has {entry.text!r} in its Steps; STEP must be "
            f"{entry.name}, the name of the step's file without .py."
        )
        yield function.finding(given, text, *machines)
    elif given is None or given.text is None:
        text = f"STEP is {given or 'missing'}; it must be the name of the step's file, without .py."
        yield function.finding(given, text)


def _named(function: Function, template: Template) -> Iterator[Finding]:
    removed = function.value.at("Metadata", REMOVED)
    step = (function.step.text if function.step else None) or "name"
    # If Steps has it in a wrong form, the finding is there.
    meant = {
        entry.text.partition("=")[0].strip() for each in template.workflows for entry in each.entries if not entry.name
    }
    if template.naming(function.logical_id) or step in meant or (removed and removed.text == "true"):
        return
    text = (
        f"No workflow has this step in its Steps; it must be there as {step}=${{{function.logical_id}.Version}}, or "
        f"have Metadata: {{{REMOVED}: true}} while older runs need it."
    )
    yield function.finding(None, text)


def _versions(function: Function, template: Template) -> Iterator[Finding]:
    machines = [machine.logical_id for machine, _ in template.naming(function.logical_id)]
    given = function.property("AutoPublishAlias")
    if machines and not (given and given.value):
        text = (
            f"AutoPublishAlias is {given or 'missing'}; it must be live: Steps refers to the Version that it publishes."
        )
        yield function.finding(given, text, *machines)
        return
    every = function.property("AutoPublishAliasAllProperties")
    if machines and not (every and every.text == "true"):
        text = (
            f"AutoPublishAliasAllProperties is {every or 'missing'}; it must be true, or a changed parameter makes no "
            "new version, and runs continue to use the old one."
        )
        yield function.finding(every, text)


def _code(function: Function, template: Template) -> Iterator[Finding]:
    if not any((given := function.property(each)) and given.value for each in CODE):
        machines = [machine.logical_id for machine, _ in template.naming(function.logical_id)]
        text = f"CodeUri is {function.property('CodeUri') or 'missing'}; it must be the folder with the step's file."
        yield function.finding(function.property("CodeUri"), text, function.logical_id, *machines)


def _name(function: Function, template: Template) -> Iterator[Finding]:
    """The name must be unique, and begin with the prefix that the workflow's role may call."""
    given = function.property("FunctionName")
    naming = [machine for machine, _ in template.naming(function.logical_id)]
    # If any workflow may call it, the finding is in the Steps of those that may not.
    if naming and not any(each.may_call(function) for each in naming):
        machine = naming[0]
        if machine.is_named and not function.name.startswith(machine.prefix):
            begin = f"{machine.logical_id} may call it if it begins with {machine.prefix}"
            text = f"FunctionName is {given or 'missing'}; {begin}."
            yield function.finding(given, text, machine.logical_id)
    for other in template.functions.values():
        if other is function:
            return
        if function.name and other.name == function.name:
            text = f"FunctionName is {given}, as in {other.logical_id} at line {other.line}; each must have its own."
            both = (*template.naming(function.logical_id), *template.naming(other.logical_id))
            yield function.finding(given, text, *(machine.logical_id for machine, _ in both))


def _policies(function: Function) -> Iterator[Finding]:
    # The owner's own role is trusted.
    if function.property("Role"):
        return
    given = function.property("Policies")
    if not function.has_policy("StepPolicy"):
        yield function.finding(given, "Policies lacks !Ref StepPolicy; without it the step can't read its run.")
    if "*" in function.actions():
        text = "Policies allows the action '*', which means all; it must name the actions that the step needs."
        yield function.finding(given, text)
