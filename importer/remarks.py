"""The sentences of the report. Called by plan, with what it has found."""

import json
import re
import sys
from collections.abc import Iterator

from importer.code import Findings
from importer.packages import Packages
from importer.props import Inputs
from importer.workflow import Outcome, Remark, Step, Workflow

_AUTH = re.compile(r"""\$auth["']\s*\]\s*(?:\[\s*|\.get\(\s*)["'](\w+)["']""")
_LAMBDAS = re.compile(
    r"AWS_\w+|LAMBDA_\w+|_HANDLER|_X_AMZN_TRACE_ID|PATH|LANG|TZ|HOME|PWD|TMPDIR|PYTHONPATH|LD_LIBRARY_PATH"
)


def is_lambdas(variable: str) -> bool:
    """Whether Lambda itself gives a function this environment variable."""
    return _LAMBDAS.fullmatch(variable) is not None


def disabled(step: Step) -> Remark:
    return Remark(Outcome.LEFT_OUT, step.name, "It is disabled in Pipedream.")


def cannot_run(step: Step, workflow: str) -> Remark:
    """For a step that is no Python, and no action that there is a translation of."""
    what = f"It is {step.uses or step.runtime}, and only Python runs here."
    if not step.uses:
        what = "The file does not say what it uses."
    elif "@" in step.uses:
        what = f"There is no translation of the action {step.uses}."
    line = f"def handler(pd): ...  # in functions/{workflow}/{step.name}.py, and then import again with --replace"
    return Remark(Outcome.CANNOT_RUN, step.name, f"{what} It is left out.", line)


def nothing_runs(workflow: Workflow) -> Remark:
    what = (
        "The workflow has no steps."
        if not workflow.steps
        else "None of its steps can run, so that nothing was written."
    )
    return Remark(Outcome.CANNOT_RUN, "workflow", what)


def of_workflow(workflow: Workflow) -> Iterator[Remark]:
    if workflow.inactive:
        what = "It is inactive in Pipedream, and so its hook refuses here. Take off out of Options to switch it on."
        yield Remark(Outcome.IMPORTED, "inactive", what, 'Options: ""')
    if workflow.quiet:
        yield Remark(
            Outcome.IMPORTED, "settings.error_notification", "No mail is sent when it fails: Options has quiet."
        )


RESPONDS = Remark(
    Outcome.IMPORTED,
    "pd.respond",
    "Whoever calls the hook waits for the answer, up to 25 s: Options has respond.",
)


def of_step(name: str, found: Findings, given: Inputs, code: bytes, variables: tuple[str, ...]) -> Iterator[Remark]:
    """What a step needs from its owner."""
    if found.problem:
        yield Remark(Outcome.DECISION, name, found.problem)
    if not found.has_handler:
        yield Remark(
            Outcome.CANNOT_RUN, name, "The file has no handler(pd), and the step will fail.", "def handler(pd): ..."
        )
    if any(module.partition(".")[0] == "pipedream" for module in found.modules):
        what = "It imports the module pipedream, which there is none of: everything is in pd."
        yield Remark(Outcome.CANNOT_RUN, name, what, 'def handler(pd): ...  # pd.steps, pd.export("name", value)')
    for account, prop in sorted(given.accounts.items()):
        keys = sorted(set(_AUTH.findall(code.decode("utf-8", "replace")))) or ["oauth_access_token"]
        secret = json.dumps(dict.fromkeys(keys, "…"), ensure_ascii=False)
        yield Remark(
            Outcome.DECISION,
            f"{name}, prop {prop}",
            f"A connected account. Put what it knows into the secret interlude/{account} (<stack>/{account}).",
            f"aws secretsmanager create-secret --name interlude/{account} --secret-string '{secret}'\n"
            f'secrets.json: {{"interlude/{account}": {secret}}}   # under make local',
        )
    for variable in variables:
        yield Remark(
            Outcome.DECISION,
            name,
            f"It reads the environment variable {variable}. Put its value into the parameter /interlude/{variable}.",
            f"aws ssm put-parameter --type SecureString --name /interlude/{variable} --value …\n"
            f'secrets.json: {{"/interlude/{variable}": "…"}}   # under make local',
        )
    for prop, expression in given.scripts:
        yield Remark(
            Outcome.DECISION,
            f"{name}.inputs.json, {prop}",
            f"{{{{{expression}}}}} is JavaScript. It stays there, and pd.inputs raises an error until it is a path.",
            f"# in {name}.py, without the prop: the same in Python, from pd.steps",
        )


def reserved_variable(step: str, variable: str) -> Remark:
    what = f"It reads the environment variable {variable}, which Interlude has for its own use: take another name."
    return Remark(Outcome.DECISION, step, what)


def optional_variable(step: str, variable: str) -> Remark:
    what = f"It reads the environment variable {variable} where there is one, and there is none here."
    return Remark(Outcome.DECISION, step, what, f"{variable}: …   # template.yaml, in the step's Environment.Variables")


def of_missing_packages(lines: list[str], file: str) -> Iterator[Remark]:
    for line in lines:
        what = f"{file} is there and stays as it is, but does not name this package."
        yield Remark(Outcome.DECISION, "requirements.txt", what, line)


def of_references(
    name: str, found: Findings, given: Inputs, workflow: Workflow, steps: tuple[str, ...]
) -> Iterator[Remark]:
    """What a step reads of steps that do not run before it."""
    known = {step.name for step in workflow.steps}
    before = set(steps[: steps.index(name)])
    for read in sorted((found.steps | given.steps) - before - {"trigger"}):
        if read in given.steps or read in known:
            reason = (
                "which is not imported" if read in known - set(steps)
                else "which comes later" if read in known
                else "which there is none of"
            )  # fmt: skip
            what = f"It reads the exports of step {read}, {reason}: there is nothing of it when {name} runs."
            yield Remark(Outcome.DECISION, name, what)


def too_many(count: int, most: int) -> Remark:
    what = (
        f"The template makes about {count} resources, but CloudFormation takes {most} in a stack. Import a part of the "
        "workflows into a second copy of this project, which becomes a second stack."
    )
    write = "interlude import PATH --workflow NAME … --project DIR   # and another name in its samconfig.toml"
    return Remark(Outcome.DECISION, "template.yaml", what, write)


def of_store(store: str, steps: list[str]) -> Remark:
    what = f"The data store {store} begins empty: what it holds on Pipedream is not in the files."
    return Remark(Outcome.DECISION, ", ".join(steps), what)


def of_names(steps: tuple[str, ...], modules: set[str], imported: set[str]) -> Iterator[Remark]:
    """Files that are called like what is imported."""
    for module in sorted(modules & set(sys.stdlib_module_names) & imported):
        what = (
            f"It has the name of a module of Python's own, which comes first: nobody can import {module}.py. Rename it."
        )
        yield Remark(Outcome.DECISION, f"{module}.py", what)
    for step in sorted(set(steps) & imported - set(sys.stdlib_module_names) - modules):
        what = f"Under make local its file is found where a step imports the package {step}: rename the step."
        yield Remark(Outcome.DECISION, step, what)


def of_packages(found: Packages, file: str) -> Iterator[Remark]:
    if found.renamed:
        what = f"Packages with other names than their imports, as pipreqs knows them: {', '.join(found.renamed)}."
        yield Remark(Outcome.IMPORTED, "requirements.txt", what, f"# check {file}")
    if found.guessed:
        what = f"Taken to be packages of the same name, as Pipedream does: {', '.join(found.guessed)}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# check {file}")
    for module in found.unknown:
        what = f"Nothing tells which package brings {module}."
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"{module.replace('.', '-')}   # perhaps, in {file}")
    for conflict in found.conflicts:
        what = (
            f"Steps of one workflow share their packages: two versions are asked for, {conflict}. The second is taken."
        )
        yield Remark(Outcome.DECISION, "requirements.txt", what, f"# choose in {file}")
    for comment in found.unclear:
        yield Remark(Outcome.DECISION, "requirements.txt", f"'# pipedream add-package {comment}' names no package.")
    if found.in_lambda:
        what = f"Not listed, since every function has it: {', '.join(found.in_lambda)}."
        yield Remark(Outcome.IMPORTED, "requirements.txt", what)
