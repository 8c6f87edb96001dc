"""The rules for the functions that are steps. Called by checking."""

from collections.abc import Iterator

from checker.finding import Finding
from checker.resources import Function, Template

REMOVED = "RemovedFromSteps"
"""In the Metadata of a function that older runs still need: docs/upgrading.md."""

CODE = ("CodeUri", "InlineCode", "ImageUri")


def findings(template: Template) -> Iterator[Finding]:
    """What is wrong with each of the steps."""
    for function in template.functions.values():
        if function.is_step:
            yield from _step(function, template)
            yield from _named(function, template)
            yield from _versions(function, template)
            yield from _code(function, template)
            yield from _name(function, template)
            yield from _policies(function)


def _step(function: Function, template: Template) -> Iterator[Finding]:
    given, naming = function.step, template.naming(function.logical_id)
    wrong = [(machine, entry) for machine, entry in naming if entry.name and (not given or given.text != entry.name)]
    machines = [machine.logical_id for machine, _ in wrong]
    if wrong:
        machine, entry = wrong[0]
        text = (
            f"STEP is {given or 'missing'}, but {machine.logical_id} has {entry.text!r} in its Steps; STEP must be "
            f"{entry.name}, which is the step's file without .py."
        )
        yield function.finding(given, text, *machines)
    elif given is None or given.text is None:
        text = f"STEP is {given or 'missing'}; it must be the name of the step's file, without .py."
        yield function.finding(given, text)


def _named(function: Function, template: Template) -> Iterator[Finding]:
    removed = function.value.at("Metadata", REMOVED)
    step = (function.step.text if function.step else None) or "name"
    # Where Steps has it in a wrong form, the finding is there.
    meant = {
        entry.text.partition("=")[0].strip() for each in template.workflows for entry in each.entries if not entry.name
    }
    if template.naming(function.logical_id) or step in meant or (removed and removed.text == "true"):
        return
    text = (
        f"No workflow's Steps names this step; it must be there as {step}=${{{function.logical_id}.Version}}, or have "
        f"Metadata: {{{REMOVED}: true}} while older runs need it."
    )
    yield function.finding(None, text)


def _versions(function: Function, template: Template) -> Iterator[Finding]:
    machines = [machine.logical_id for machine, _ in template.naming(function.logical_id)]
    given = function.property("AutoPublishAlias")
    if machines and not (given and given.value):
        text = (
            f"AutoPublishAlias is {given or 'missing'}; it must be live, as a step without versions has no Version for "
            "Steps."
        )
        yield function.finding(given, text, *machines)
        return
    every = function.property("AutoPublishAliasAllProperties")
    if machines and not (every and every.text == "true"):
        text = (
            f"AutoPublishAliasAllProperties is {every or 'missing'}; it must be true, or a change of a parameter makes "
            "no version, and runs go on with the old one."
        )
        yield function.finding(every, text)


def _code(function: Function, template: Template) -> Iterator[Finding]:
    if not any((given := function.property(each)) and given.value for each in CODE):
        machines = [machine.logical_id for machine, _ in template.naming(function.logical_id)]
        text = (
            f"CodeUri is {function.property('CodeUri') or 'missing'}; it must be the folder that has the step's file."
        )
        yield function.finding(function.property("CodeUri"), text, function.logical_id, *machines)


def _name(function: Function, template: Template) -> Iterator[Finding]:
    """It must begin like its workflow's, whose role may call such functions, and no other may have it."""
    given = function.property("FunctionName")
    naming = [machine for machine, _ in template.naming(function.logical_id)]
    # Where another workflow may call it, the finding is in the Steps of the one that may not.
    for machine in naming[:1] if not any(each.may_call(function) for each in naming) else []:
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
    # A role of the owner's own is not judged.
    if function.property("Role"):
        return
    given = function.property("Policies")
    if not function.has_policy("StepPolicy"):
        yield function.finding(given, "Policies has no !Ref StepPolicy; without it the step can't read its run.")
    if "*" in function.actions():
        text = "Policies allows the action '*', which is every one; it must name those that the step needs."
        yield function.finding(given, text)
