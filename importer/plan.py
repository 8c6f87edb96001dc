"""What an import is to write for each workflow, and what it has to say. Called by command."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from importer import actions, block, names, packages, remarks, triggers
from importer.code import Findings, look_at
from importer.props import Accounts, Inputs, inputs
from importer.template import Template
from importer.workflow import Kind, Outcome, Remark, Step, Workflow


@dataclass
class Draft:
    """One workflow as it is to be: `files` by their names in its folder, `resources` as YAML by logical id."""

    workflow: Workflow
    files: dict[str, bytes] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    remarks: list[Remark] = field(default_factory=list)


@dataclass
class _Made:
    """A step that will run."""

    step: Step
    code: bytes
    inputs: Inputs
    findings: Findings
    variables: tuple[str, ...] = ()


def draft(
    workflow: Workflow, template: Template, accounts: Accounts, by_hand: dict[str, bytes], taken: Collection[str]
) -> Draft:
    """`by_hand` are the files that the project has already for this workflow, `taken` the logical ids of others."""
    made = Draft(workflow, remarks=list(workflow.remarks))
    runs = [each for step in workflow.steps if (each := _step(step, made, accounts, by_hand))]
    if not runs:
        made.remarks.append(remarks.nothing_runs(workflow))
        return made
    made.steps = tuple(each.step.name for each in runs)
    made.files |= workflow.files
    siblings = {
        path.removesuffix(".py"): look_at(content) for path, content in workflow.files.items() if path.endswith(".py")
    }
    for each in runs:
        name = each.step.name
        made.files[f"{name}.py"] = each.code
        if each.inputs.values:
            text = json.dumps(each.inputs.values, indent=2, ensure_ascii=False)
            made.files[f"{name}.inputs.json"] = f"{text}\n".encode()
        each.variables = _variables(each, siblings, template, made)
        made.remarks += remarks.of_step(name, each.findings, each.inputs, each.code, each.variables)
        made.remarks += remarks.of_references(name, each.findings, each.inputs, workflow, made.steps)
    for store in sorted({store for each in runs for store in each.inputs.stores}):
        made.remarks.append(remarks.of_store(store, [each.step.name for each in runs if store in each.inputs.stores]))
    _requirements(made, runs, siblings, by_hand.get("requirements.txt"))
    _resources(made, runs, template, taken)
    made.remarks += triggers.remarks(workflow.triggers, workflow.name, list(made.resources)[-1])
    made.remarks += remarks.of_workflow(workflow)
    return made


def _step(step: Step, made: Draft, accounts: Accounts, by_hand: dict[str, bytes]) -> _Made | None:
    """The step as it will run; or None, and the report says why."""
    file = f"functions/{made.workflow.name}/{step.name}.py"
    if step.disabled:
        made.remarks.append(remarks.disabled(step))
        return None
    if step.kind is Kind.PYTHON:
        made.remarks.append(Remark(Outcome.IMPORTED, step.name, file))
        return _Made(step, step.code, inputs(step.props, accounts), look_at(step.code))
    converted = inputs(step.props, accounts)
    translation = actions.translate(step.uses, converted.values) if step.kind is Kind.ACTION else None
    if translation:
        code = translation.code.encode()
        made.remarks.append(Remark(Outcome.TRANSLATED, step.name, f"{step.uses} is now {file}."))
        made.remarks += [Remark(Outcome.DECISION, step.name, note) for note in translation.notes]
        return _Made(step, code, _translated(translation.inputs, converted, accounts), look_at(code))
    written = by_hand.get(f"{step.name}.py")
    if written is not None and f"{step.name}.py" not in made.workflow.files:
        made.remarks.append(
            Remark(Outcome.IMPORTED, step.name, f"{file}, which you have written for {step.uses or step.runtime}.")
        )
        return _Made(step, written, converted, look_at(written))
    made.remarks.append(remarks.cannot_run(step, made.workflow.name))
    return None


def _translated(values: dict[str, object], converted: Inputs, accounts: Accounts) -> Inputs:
    """A translation's inputs, with the accounts that stand in them."""
    found = inputs(values, accounts)
    used = json.dumps(values)
    found.accounts |= {name: prop for name, prop in converted.accounts.items() if f'{{"$account": "{name}"}}' in used}
    found.stores |= converted.stores
    return found


def _variables(made: _Made, siblings: dict[str, Findings], template: Template, draft: Draft) -> tuple[str, ...]:
    """The environment variables that the step needs as secrets; those of the runtime's own names are only told."""
    name, found = made.step.name, [made.findings]
    if {module.partition(".")[0] for module in made.findings.modules} & {path.split("/")[0] for path in siblings}:
        found += siblings.values()
    wanted = {each for findings in found for each in findings.variables} | made.inputs.variables
    optional = {each for findings in found for each in findings.optional} - wanted
    for variable in sorted((wanted | optional) & template.variables):
        draft.remarks.append(remarks.reserved_variable(name, variable))
    for variable in sorted(optional - template.variables):
        if not remarks.is_lambdas(variable):
            draft.remarks.append(remarks.optional_variable(name, variable))
    return tuple(sorted(each for each in wanted - template.variables if not remarks.is_lambdas(each)))


def _requirements(made: Draft, runs: list[_Made], siblings: dict[str, Findings], there: bytes | None) -> None:
    """What is there already stays as it is: the report asks its owner to look at it."""
    own = made.workflow.files.get("requirements.txt", b"")
    findings = [*(each.findings for each in runs), *siblings.values()]
    found = packages.find(findings, {path.split("/")[0] for path in siblings}, own.decode("utf-8", "replace"))
    file = f"functions/{made.workflow.name}/requirements.txt"
    if there is not None:
        made.files["requirements.txt"] = there
        made.remarks += remarks.of_missing_packages(packages.missing(found, there.decode("utf-8", "replace")), file)
    elif found.lines:
        made.files["requirements.txt"] = ("\n".join(found.lines) + "\n").encode()
    imported = {module.partition(".")[0] for each in findings for module in each.modules}
    made.remarks += remarks.of_names(made.steps, {path.split("/")[0] for path in siblings}, imported)
    made.remarks += remarks.of_packages(found, file)


def _resources(made: Draft, runs: list[_Made], template: Template, taken: Collection[str]) -> None:
    workflow, ids = made.workflow, set(taken)
    blocks = []
    for each in runs:
        name = each.step.name
        logical_id = names.logical_id(ids, workflow.name, name)
        ids.add(logical_id)
        function = names.function(workflow.name, name)
        if function != f"{workflow.name}-{name}":
            made.remarks.append(
                Remark(
                    Outcome.IMPORTED,
                    name,
                    f"Its function is called <stack>-{function}: Lambda takes {names.FUNCTION_LENGTH} characters.",
                )
            )
        blocks.append(
            block.StepBlock(
                name=name,
                logical_id=logical_id,
                function=function,
                description=block.description(each.step.notes or f"Step {name} of {workflow.title}"),
                accounts=tuple(sorted(each.inputs.accounts)),
                variables=each.variables,
                others=template.own_variables(logical_id),
            )
        )
    there = template.options(workflow.name)
    responds = any(each.findings.responds for each in runs)
    words = (("respond", responds), ("off", workflow.inactive), ("quiet", workflow.quiet))
    options = " ".join(word for word, on in words if on) if there is None else there
    if responds and "respond" in options.split():
        made.remarks.append(remarks.RESPONDS)
    made.resources = block.render(
        block.WorkflowBlock(
            name=workflow.name,
            logical_id=names.logical_id(ids, workflow.name),
            steps=tuple(blocks),
            options=options,
            timeout=workflow.timeout,
            memory=workflow.memory,
            version_description=template.version_description(),
        )
    )
