"""The sentences of the report."""

import re
from collections.abc import Iterator

from importer.code import Findings
from importer.props import Inputs
from importer.workflow import Outcome, Remark, Step, Workflow

_LAMBDAS = re.compile(
    r"AWS_\w+|LAMBDA_\w+|_HANDLER|_X_AMZN_TRACE_ID|PATH|LANG|TZ|HOME|PWD|TMPDIR|PYTHONPATH|LD_LIBRARY_PATH"
)


def is_lambdas(variable: str) -> bool:
    """Whether Lambda itself gives a function this environment variable."""
    return _LAMBDAS.fullmatch(variable) is not None


def disabled(step: Step) -> Remark:
    return Remark(Outcome.LEFT_OUT, step.name, "It is disabled in Pipedream.")


def cannot_run(step: Step, workflow: str) -> Remark:
    """For a step that is neither Python nor an action with a translation."""
    what = f"It is {step.uses or step.runtime}, and only Python runs here."
    if not step.uses:
        what = "The file does not say what it uses."
    elif "@" in step.uses:
        what = f"The action {step.uses} has no translation."
    line = f"def handler(pd): ...  # in functions/{workflow}/{step.name}.py, and then import again with --replace"
    return Remark(Outcome.CANNOT_RUN, step.name, f"{what} It is left out.", line)


def nothing_runs(workflow: Workflow) -> Remark:
    what = "None of its steps can run, so nothing was written." if workflow.steps else "The workflow has no steps."
    return Remark(Outcome.CANNOT_RUN, "workflow", what)


def of_workflow(workflow: Workflow) -> Iterator[Remark]:
    if workflow.inactive:
        what = (
            "It is inactive in Pipedream, so its hook refuses requests here. To activate it, remove inactive from "
            "workflow.yaml."
        )
        yield Remark(Outcome.IMPORTED, "inactive", what, "inactive: false")
    if workflow.quiet:
        yield Remark(
            Outcome.IMPORTED, "settings.error_notification", "No mail is sent when it fails: workflow.yaml has it, too."
        )


RESPONDS = Remark(
    Outcome.IMPORTED,
    "pd.respond",
    "Callers of the hook wait up to 25 s for the response: workflow.yaml has options: respond.",
)


def of_step(name: str, found: Findings, given: Inputs, variables: tuple[str, ...]) -> Iterator[Remark]:
    """Remarks on what a step needs from its owner."""
    if found.problem:
        yield Remark(Outcome.DECISION, name, found.problem)
    if not found.has_handler:
        yield Remark(
            Outcome.CANNOT_RUN, name, "The file has no handler(pd), and the step will fail.", "def handler(pd): ..."
        )
    if any(module.partition(".")[0] == "pipedream" for module in found.modules):
        what = "It imports pipedream, which does not exist here; use pd."
        yield Remark(Outcome.CANNOT_RUN, name, what, 'def handler(pd): ...  # pd.steps, pd.export("name", value)')
    for account, prop in sorted(given.accounts.items()):
        what = f"A connected account. Create the secret interlude/{account} (<stack>/{account}): see Secrets."
        yield Remark(Outcome.DECISION, f"{name}, prop {prop}", what)
    for variable in variables:
        what = f"It reads the environment variable {variable}. Create the parameter /interlude/{variable}: see Secrets."
        if variable not in found.variables | given.variables:
            what = (
                f"It reads the optional environment variable {variable}. Create the parameter /interlude/{variable} "
                f"(see Secrets), or remove {variable} from secrets in workflow.yaml: while it is listed there without "
                "a parameter, the step fails."
            )
        yield Remark(Outcome.DECISION, name, what)
    for prop, expression in given.scripts:
        yield Remark(
            Outcome.DECISION,
            f"{name}.inputs.json, {prop}",
            f"{{{{{expression}}}}} is JavaScript. It was kept, and pd.inputs raises an error until it is a path.",
            f"# in {name}.py, instead of the prop: the same in Python, from pd.steps",
        )


def reserved_variable(step: str, variable: str) -> Remark:
    what = f"It reads the environment variable {variable}, which Interlude reserves: use another name."
    return Remark(Outcome.DECISION, step, what)


def possible_variables(step: str, variables: tuple[str, ...], secrets: list[str], workflow: str) -> Remark:
    what = (
        f"It reads {' and '.join(variables)} with a default, and gets no value here. If it needs one, put that into a "
        "parameter, never into the template."
    )
    commands = [f"aws ssm put-parameter --type SecureString --name /interlude/{each} --value …" for each in variables]
    head = f"# functions/{workflow}/workflow.yaml: the step {step}, and then make sync"
    return Remark(Outcome.DECISION, step, what, "\n".join([*commands, head, f"secrets: [{', '.join(secrets)}]"]))


def of_references(
    name: str, found: Findings, given: Inputs, workflow: Workflow, steps: tuple[str, ...]
) -> Iterator[Remark]:
    """Remarks on reads of steps that do not run before this one."""
    known = {step.name for step in workflow.steps}
    before = set(steps[: steps.index(name)])
    for read in sorted((found.steps | given.steps) - before - {"trigger"}):
        if read in given.steps or read in known:
            reason = "which does not exist"
            if read in known:
                reason = "which comes later" if read in steps else "which was not imported"
            what = f"It reads the exports of step {read}, {reason}: they are missing when {name} runs."
            yield Remark(Outcome.DECISION, name, what)


def overwritten(where: str) -> Remark:
    return Remark(Outcome.REPLACED, where, "Overwritten: the version in this project differed.")


def removed(file: str) -> Remark:
    return Remark(Outcome.REPLACED, file, "Removed, because its step no longer exists.")


def too_many(count: int, most: int) -> Remark:
    what = (
        f"The template has about {count} resources, but CloudFormation allows {most} per stack. Import some of the "
        "workflows into a second copy of this project, as a second stack."
    )
    write = "interlude import PATH --workflow NAME … --project DIR   # and another name in its samconfig.toml"
    return Remark(Outcome.DECISION, "template.yaml", what, write)


def of_store(store: str, steps: list[str]) -> Remark:
    what = f"The data store {store} starts empty: its content on Pipedream is not in the files."
    return Remark(Outcome.DECISION, ", ".join(steps), what)
