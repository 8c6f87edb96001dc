"""A mistake in a workflow.yaml is one sentence with file, line and what is allowed; nothing is written."""

import pytest

from sync.names import room
from tests.sync.declaring import TEMPLATE, Project, Sync

LONG = "a" * (room("orders") + 1)

MISTAKES = {
    "no YAML": ("steps: [a\nname: b\n", 2, "is not valid YAML: "),
    "a key twice": ("steps: [a]\nsteps: [b]\n", 2, 'is not valid YAML: found duplicate key "steps"'),
    "nothing": ("", 1, "It must be a mapping of keys, such as steps: [first, second]."),
    "a list": ("- a\n", 1, "It must be a mapping of keys"),
    "a key that is not known": (
        "name: x\nstepz: [a]\n",
        2,
        "The key stepz is not known, the nearest is steps; allowed are accounts, environment, inactive, name, options,",
    ),
    "a key that is like no other": ("qqqqq: 1\nsteps: [a]\n", 1, "The key qqqqq is not known; allowed are accounts, "),
    "a key of Pipedream's": (
        "schema: workflow/2022.04\nsteps: [a]\n",
        1,
        "The key schema is Pipedream's, and make import reads such a file; allowed here are accounts, ",
    ),
    "a key of a step that is not known": (
        "steps:\n  - namespace: a\n    note: x\n",
        3,
        "The key note is not known, the nearest is notes; allowed are accounts, disabled, ",
    ),
    "a setting that is not known": (
        "steps: [a]\nsettings:\n  lambda_time: 3\n",
        3,
        "The key lambda_time is not known, the nearest is lambda_timeout; allowed are error_notification, ",
    ),
    "error_notification of a step": (
        "steps:\n  - namespace: a\n    settings: {error_notification: true}\n",
        3,
        "The key error_notification is not known; allowed are lambda_memory, lambda_timeout.",
    ),
    "a key that is no text": ("steps: [a]\n1: 2\n", 2, "The key 1 is not text; put it in quotes."),
    "a step without a file": ("name: x\nsteps:\n  - a\n  - c\n", 4, "The step c has no file; it must be "),
    "two steps of one name": (
        "steps:\n  - a\n  - b\n  - namespace: a\n",
        4,
        "'a' is there at line 2 already; each step must have its own name.",
    ),
    "two steps in one file": ("steps:\n  - a\n  - A\n", 3, "'A' and 'a' are one file on some systems; rename a step."),
    "two functions of one name": (
        "steps:\n  - a\n  - {namespace: b, function: a}\n",
        3,
        "The function of 'b' is called 'a', as that of 'a'; each must have its own name.",
    ),
    "a name that is too long for a function": (
        f"steps:\n  - a\n  - {LONG}\n",
        3,
        (
            f"The function of the step would be called interlude-orders-{LONG}, with 65 characters; Lambda takes 64, "
            "so the step's name, or else its key function, may have up to 47."
        ),
    ),
    "a function's name that is too long": (
        f"steps:\n  - namespace: a\n    function: {LONG}\n",
        3,
        "The function of the step would be called interlude-orders-",
    ),
    "a step's name": (
        "steps:\n  - a-b\n",
        2,
        "A step is called 'a-b'; its name must have letters, digits and _, and no",
    ),
    "a step in the way of a package": (
        "steps: [a, boto3]\n",
        1,
        "A step is called 'boto3', which would hide the package boto3 that every step needs; give it another name.",
    ),
    "a step without a name": (
        "steps:\n  - a\n  - notes: x\n",
        3,
        "The step has no namespace; it must be the name of its",
    ),
    "a step that is a list": (
        "steps:\n  - [a]\n",
        2,
        "A step must be its name, or a mapping with its name as namespace.",
    ),
    "no step": (
        "name: x\n",
        1,
        "steps has no step that runs; it must list the steps in order, such as [first, second].",
    ),
    "no step that runs": ("name: x\nsteps: [{namespace: a, disabled: true}]\n", 2, "steps has no step that runs; "),
    "steps that are no list": ("steps: a\n", 1, "steps is 'a'; it must be a list."),
    "a timeout": (
        "steps: [a]\nsettings:\n  lambda_timeout: 901\n",
        3,
        "lambda_timeout of settings is 901; it must be a whole number from 1 to 900.",
    ),
    "a memory": (
        "steps:\n  - namespace: a\n    settings: {lambda_memory: '256'}\n",
        3,
        "lambda_memory of settings of the step is '256'; it must be a whole number from 128 to 10240.",
    ),
    "a switch": ("steps: [a]\ninactive: yes\n", 2, "inactive is 'yes'; it must be true or false."),
    "a switch that is a number": ("steps: [a]\ninactive: 1\n", 2, "inactive is 1; it must be true or false."),
    "an option": ("steps: [a]\noptions: respnd\n", 2, "Options has 'respnd'; allowed are respond, retry, "),
    "an option that has a key": ("steps: [a]\noptions: off\n", 2, "options has off; write inactive: true instead."),
    "options that are no text": ("steps: [a]\noptions: [retry]\n", 2, "options is a list; it must be text."),
    "a variable of the runtime's": (
        "steps: [a]\nenvironment:\n  SECRETS: x\n",
        3,
        "environment has SECRETS, which make sync writes; secrets and accounts are keys of their own.",
    ),
    "a variable's name": (
        "steps: [a]\nenvironment:\n  A-B: x\n",
        3,
        "A-B of environment: a variable's name must have ",
    ),
    "a place": (
        "steps: [a]\nsecrets:\n  KEY: s3:key\n",
        3,
        "secrets has KEY in 's3:key'; it must be secretsmanager:<name or ARN> or ssm:<name>.",
    ),
    "a secret's name": ("steps: [a]\nsecrets: [A B]\n", 2, "secrets has 'A B'; a name must have letters, digits and _"),
    "a secret that is no name": (
        "steps: [a]\nsecrets: [true]\n",
        2,
        "secrets must be a list of names, or a mapping of ",
    ),
    "policies that are no list": ("steps: [a]\npolicies: {A: 1}\n", 2, "policies is a mapping; it must be a list."),
    "a property that make sync writes": (
        "steps:\n  - namespace: a\n    resource:\n      Properties:\n        Timeout: 3\n",
        5,
        "Timeout of Properties of resource of the step is what make sync writes itself; allowed is all but ",
    ),
    "a cron": (
        "steps: [a]\nschedule:\n  daily: cron(0 9 * * *)\n",
        3,
        "The expression of schedule daily is 'cron(0 9 * *",
    ),
    "no expression": (
        "steps: [a]\nschedule:\n  daily: {timezone: Europe/Berlin}\n",
        3,
        "The expression of schedule daily is ''; it must be such as cron(0 9 ? * MON-FRI *), which has six fields, or",
    ),
    "a time zone": (
        "steps: [a]\nschedule:\n  daily:\n    expression: rate(1 day)\n    timezone: Berlin\n",
        5,
        "The timezone of schedule daily is 'Berlin'; it must be such as Europe/Berlin.",
    ),
    "a schedule's name": (
        "steps: [a]\nschedule: {a b: rate(1 day)}\n",
        2,
        "A schedule is called 'a b'; its name must have",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(project: Project, sync: Sync, name: str):
    """Exit code 1, whatever the option."""
    text, line, told = MISTAKES[name]
    path = project.declare(text, "a", "b")

    result = sync("--force")

    assert sync() == sync("--check") == result
    assert (result.code, result.out, project.text) == (1, "", TEMPLATE)
    assert result.err.count("\n") == 1
    begin = f"{path}, line {line}"
    assert result.err.startswith((f"{begin}: {told}", f"{begin} {told}")), result.err


def test_a_mistake_in_one_workflow_keeps_the_others_from_being_written(project: Project, sync: Sync):
    """All or nothing."""
    project.declare("steps: [a]\n", "a", workflow="one")
    project.declare("steps: [b]\n", workflow="two")

    assert (sync().code, project.text) == (1, TEMPLATE)


def test_a_file_that_is_no_text(project: Project, sync: Sync):
    """Without a line, as there are none."""
    path = project.declare("", "a")
    path.write_bytes(b"steps: [\xff]\n")

    assert sync() == (1, "", f"{path} is not text in UTF-8.\n")


def test_a_workflow_s_folder(project: Project, sync: Sync):
    """Its name is the workflow's."""
    path = project.declare("steps: [a]\n", "a", workflow="my orders")

    assert sync().err == (
        f"{path}, line 1: The folder is called 'my orders'; a workflow's name must have 1 to 50 of A to Z, a to z, "
        "0 to 9, _ and -.\n"
    )


def test_a_bomb_of_aliases(project: Project, sync: Sync):
    """500 bytes that would be a billion values."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    path = project.declare("\n".join(lines) + "\n", "a")

    result = sync()

    assert (result.code, result.err.startswith(f"{path} holds more than ")) == (1, True)
