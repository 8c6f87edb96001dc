"""Plans what an import writes for a workflow, and what it reports."""

import json
from collections.abc import Collection

from importer import actions, remarks, requirements, triggers
from importer.code import Findings, look_at
from importer.credentials import Credentials
from importer.declaration import Declaration
from importer.drafts import Draft, Made
from importer.props import Accounts, Inputs, inputs
from importer.workflow import Kind, Outcome, Remark, Step, Workflow
from sync.syncing import FILE


def draft(
    workflow: Workflow,
    accounts: Accounts,
    credentials: Credentials,
    *,
    there: dict[str, bytes],
    variables: Collection[str],
) -> Draft:
    """`there` are the files that the project already has for this workflow, `variables` those that every step has.

    Adds the workflow's secrets to `credentials`.
    """
    made = Draft(workflow, remarks=list(workflow.remarks))
    runs = [each for step in workflow.steps if (each := _step(step, made, accounts, there))]
    if not runs:
        made.remarks.append(remarks.nothing_runs(workflow))
        return made
    declaration = Declaration(workflow.name, there.get(FILE))
    made.steps = tuple(each.step.name for each in runs)
    made.imported_steps = declaration.imported_steps()
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
        each.declared = declaration.step(name)
        _variables(each, siblings, variables, made)
        _credentials(each, workflow.name, credentials)
        made.remarks += remarks.of_step(name, each.findings, each.inputs, each.variables)
        made.remarks += remarks.of_references(name, each.findings, each.inputs, workflow, made.steps)
    for store in sorted({store for each in runs for store in each.inputs.stores}):
        made.remarks.append(remarks.of_store(store, [each.step.name for each in runs if store in each.inputs.stores]))
    requirements.add(made, runs, siblings, there.get("requirements.txt"))
    _declare(made, runs, declaration)
    made.remarks += triggers.remarks(workflow.triggers, workflow.name)
    made.remarks += remarks.of_workflow(workflow)
    return made


def _declare(made: Draft, runs: list[Made], declaration: Declaration) -> None:
    workflow = made.workflow
    content = declaration.content(workflow, runs)
    after = Declaration(workflow.name, content)
    made.files[FILE] = content
    made.declared = after.declared
    made.remarks += after.remarks()
    for each in runs:
        if each.possible:
            secrets = [*each.variables, *each.possible]
            made.remarks.append(remarks.possible_variables(each.step.name, each.possible, secrets, workflow.name))
    responds = any(each.findings.responds for each in runs)
    if responds and after.declared and "respond" in after.declared.options.split():
        made.remarks.append(remarks.RESPONDS)


def _step(step: Step, made: Draft, accounts: Accounts, there: dict[str, bytes]) -> Made | None:
    """The step as it will run; None if it can't run, and the report says why."""
    file = f"functions/{made.workflow.name}/{step.name}.py"
    if step.disabled:
        made.remarks.append(remarks.disabled(step))
        return None
    if step.kind is Kind.PYTHON:
        made.remarks.append(Remark(Outcome.IMPORTED, step.name, file))
        return Made(step, step.code, inputs(step.props, accounts), look_at(step.code))
    converted = inputs(step.props, accounts)
    translation = None
    if step.kind is Kind.ACTION:
        translation = actions.translate(step.uses, converted.values)
    if translation:
        code = translation.code.encode()
        made.remarks.append(Remark(Outcome.TRANSLATED, step.name, f"{step.uses} is now {file}."))
        made.remarks += [Remark(Outcome.DECISION, step.name, note) for note in translation.notes]
        return Made(step, code, _translated(translation.inputs, converted, accounts), look_at(code))
    written = there.get(f"{step.name}.py")
    if written is not None and f"{step.name}.py" not in made.workflow.files:
        made.remarks.append(
            Remark(Outcome.IMPORTED, step.name, f"{file}, which you wrote for {step.uses or step.runtime}.")
        )
        return Made(step, written, converted, look_at(written), by_hand=True)
    made.remarks.append(remarks.cannot_run(step, made.workflow.name))
    return None


def _translated(values: dict[str, object], converted: Inputs, accounts: Accounts) -> Inputs:
    """A translation's inputs, with the accounts that they refer to."""
    found = inputs(values, accounts)
    used = json.dumps(values)
    found.accounts |= {name: prop for name, prop in converted.accounts.items() if f'{{"$account": "{name}"}}' in used}
    found.stores |= converted.stores
    return found


def _variables(made: Made, siblings: dict[str, Findings], own: Collection[str], draft: Draft) -> None:
    """Sets the environment variables that the step gets as secrets, and reports those with the runtime's names."""
    name = made.step.name
    found = [made.findings]
    if {module.partition(".")[0] for module in made.findings.modules} & {path.split("/")[0] for path in siblings}:
        found += siblings.values()
    wanted = {each for findings in found for each in findings.variables} | made.inputs.variables
    optional = {each for findings in found for each in findings.optional} - wanted
    defaulted = {each for findings in found for each in findings.defaulted} - wanted - optional
    secrets: set[str] = set()
    if made.declared:
        # The step's owner may have removed one from secrets.
        secrets = set(made.declared.secrets)
        defaulted |= optional - secrets
        optional &= secrets
    for variable in sorted((wanted | optional | defaulted).intersection(own)):
        draft.remarks.append(remarks.reserved_variable(name, variable))
    taken = {*own, *filter(remarks.is_lambdas, wanted | optional | defaulted)}
    made.variables = tuple(sorted((wanted | optional) - taken))
    environment = set(made.declared.environment) if made.declared else set()
    made.possible = tuple(sorted(defaulted - taken - secrets - environment))


def _credentials(made: Made, workflow: str, credentials: Credentials) -> None:
    reader = f"{workflow}/{made.step.name}"
    for account in made.inputs.accounts:
        credentials.add_account(account, made.code.decode("utf-8", "replace"), reader)
    for variable in made.variables:
        credentials.add_variable(variable, reader)
