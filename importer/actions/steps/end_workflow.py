"""Ends the workflow here if the condition holds. Stands for the Pipedream actions that end a workflow."""


def handler(pd):
    condition = pd.inputs.get("condition")
    # Empty lists and objects count as true, as in JavaScript.
    if isinstance(condition, list | dict) or condition:
        pd.flow.exit(pd.inputs.get("reason"))
