"""The resources of a workflow for the template."""

from collections.abc import Collection
from dataclasses import replace

from importer import block, names, remarks
from importer.drafts import Draft, Made
from importer.template import Template
from importer.workflow import Outcome, Remark


def add(made: Draft, runs: list[Made], template: Template, taken: Collection[str]) -> None:
    """Adds the functions of the steps that run, and the state machine."""
    workflow = made.workflow
    kept = template.kept(workflow.name)
    ids = {*taken, kept.logical_id, *(each.kept.logical_id for each in runs)}
    blocks = []
    for each in runs:
        name = each.step.name
        logical_id = each.kept.logical_id or names.logical_id(ids, workflow.name, name)
        ids.add(logical_id)
        function = names.function(workflow.name, name)
        if function != f"{workflow.name}-{name}":
            made.remarks.append(
                Remark(
                    Outcome.IMPORTED,
                    name,
                    f"Its function is named <stack>-{function}: Lambda allows {names.FUNCTION_LENGTH} characters.",
                )
            )
        of_step = block.StepBlock(
            name=name,
            logical_id=logical_id,
            function=function,
            description=block.description(
                each.step.notes or f"Step {name} of {workflow.title}", brought=not each.by_hand
            ),
            accounts=tuple(sorted(each.inputs.accounts)),
            variables=each.variables,
            kept=each.kept,
        )
        blocks.append(of_step)
        if each.possible:
            lines = block.secrets(replace(of_step, variables=(*each.variables, *each.possible)))
            made.remarks.append(remarks.possible_variables(name, each.possible, logical_id, lines))
    options = template.options(workflow.name)
    responds = any(each.findings.responds for each in runs)
    if options is None:
        words = (("respond", responds), ("off", workflow.inactive), ("quiet", workflow.quiet))
        options = " ".join(word for word, on in words if on)
    if responds and "respond" in options.split():
        made.remarks.append(remarks.RESPONDS)
    made.resources = block.render(
        block.WorkflowBlock(
            name=workflow.name,
            logical_id=kept.logical_id or names.logical_id(ids, workflow.name),
            steps=tuple(blocks),
            options=options,
            timeout=workflow.timeout,
            memory=workflow.memory,
            version_description=template.version_description(),
            kept=kept,
        )
    )
