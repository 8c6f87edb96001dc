"""Reads a workflow.yaml: docs/workflows.md has its keys."""

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Pairs
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from interlude.errors import BadOption
from interlude.options import WORKFLOW, Options
from sync import document, names, places, schedules
from sync.document import Mapping
from sync.errors import Refused
from sync.nodes import FUNCTION, KEYS, MACHINE, PROPERTIES, bare
from sync.workflow import Step, Workflow

KEYS_OF_BOTH = ("settings", "accounts", "secrets", "environment", "policies", "resource")
KEYS_OF_A_WORKFLOW = ("name", "inactive", "options", "schedule", "steps", *KEYS_OF_BOTH)
KEYS_OF_A_STEP = ("namespace", "notes", "disabled", "function", *KEYS_OF_BOTH)
LAMBDA_SETTINGS = ("lambda_timeout", "lambda_memory")
VARIABLES = ("STEP", "ACCOUNTS", "SECRETS")
"""Those that the generator gives a step."""

LONGEST_S = 900
LEAST_MB = 128
GREATEST_MB = 10_240
DESCRIPTION_LENGTH = 256
"""Limits of Lambda."""

_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]+")


def parse(text: str, file: str, name: str) -> Workflow:
    """The workflow `name` from the text of its workflow.yaml, which `file` is called in sentences. Raises Refused."""
    if not WORKFLOW.fullmatch(name):
        raise Refused(
            f"{file}, line 1: The folder is called {name!r}; a workflow's name must have 1 to 50 of A to Z, a to z, "
            "0 to 9, _ and -."
        )
    root = Mapping(document.load(text, file), file, 1, KEYS_OF_A_WORKFLOW)
    options = _options(root)
    steps = [_step(root, name, element, line) for element, line in root.elements("steps")]
    _check_steps(root, steps)
    return Workflow(
        name=name,
        steps=tuple(steps),
        options=options,
        schedules=tuple(schedules.read(root.mapping("schedule"), name)),
        resource=_resource(root, MACHINE),
    )


def description(text: str, end: str = "") -> str:
    """One line, no longer than Lambda takes it. `end` is kept whole."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(printable.split())
    room = DESCRIPTION_LENGTH - len(end)
    if len(line) > room:
        line = f"{line[: room - 1]}…"
    return line + end


def _options(root: Mapping) -> str:
    """The words of Options, those that have keys of their own at the end."""
    words = root.text("options").split()
    if "off" in words:
        raise root.refusal("options", "options has off; write inactive: true instead.")
    if "quiet" in words:
        raise root.refusal("options", "options has quiet; write settings: {error_notification: false} instead.")
    if root.switch("inactive", default=False):
        words.append("off")
    settings = root.mapping("settings", (*LAMBDA_SETTINGS, "error_notification"))
    if not settings.switch("error_notification", default=True):
        words.append("quiet")
    options = " ".join(words)
    try:
        Options.parse(options)
    except BadOption as error:
        raise root.refusal("options", str(error)) from None
    return options


def _check_steps(root: Mapping, steps: list[Step]) -> None:
    if all(step.is_disabled for step in steps):
        text = "steps has no step that runs; it must list the steps in order, such as [first, second]."
        raise root.refusal("steps", text)
    by_file: dict[str, Step] = {}
    by_function: dict[str, Step] = {}
    for step in steps:
        twin = by_file.setdefault(step.name.lower(), step)
        if twin is not step:
            raise root.refusal_at(step.line, _same_file(step, twin))
        twin = by_function.setdefault(step.function, step)
        if twin is not step:
            text = f"The function of {step.name!r} is called {step.function!r}, as that of {twin.name!r}"
            raise root.refusal_at(step.line, f"{text}; each must have its own name.")


def _same_file(step: Step, twin: Step) -> str:
    if step.name == twin.name:
        return f"{step.name!r} is there at line {twin.line} already; each step must have its own name."
    return f"{step.name!r} and {twin.name!r} are one file on some systems; rename a step."


def _step(root: Mapping, workflow: str, element: Any, line: int) -> Step:
    if isinstance(element, str):
        element = CommentedMap(namespace=element)
    if not isinstance(element, CommentedMap):
        raise root.refusal_at(line, "A step must be its name, or a mapping with its name as namespace.")
    step = Mapping(element, root.file, line, KEYS_OF_A_STEP, "the step")
    name = _step_name(step)
    title = root.text("name") or workflow
    return Step(
        name=name,
        function=_function(step, workflow, name),
        description=description(step.text("notes") or f"Step {name} of {title}"),
        is_disabled=step.switch("disabled", default=False),
        timeout_s=_setting(root, step, "lambda_timeout", 1, LONGEST_S),
        memory_mb=_setting(root, step, "lambda_memory", LEAST_MB, GREATEST_MB),
        accounts={**places.accounts(root), **places.accounts(step)},
        secrets={**places.secrets(root), **places.secrets(step)},
        environment={**_environment(root), **_environment(step)},
        policies=[*_policies(root), *_policies(step)],
        resource=_resource(step, FUNCTION),
        line=step.line_of("namespace"),
    )


def _step_name(step: Mapping) -> str:
    if not step.has("namespace"):
        raise step.refusal_at(step.line, "The step has no namespace; it must be the name of its file.")
    name = step.text("namespace")
    if not names.IDENTIFIER.fullmatch(name):
        text = f"A step is called {name!r}; its name must have letters, digits and _, and no digit first."
        raise step.refusal("namespace", text)
    conflict = names.taken(name)
    if conflict:
        raise step.refusal("namespace", f"A step is called {name!r}, {conflict}; give it another name.")
    return name


def _function(step: Mapping, workflow: str, step_name: str) -> str:
    """What follows `<stack>-<workflow>-` in the name of the step's function."""
    name = step.text("function", step_name)
    key = "function" if step.has("function") else "namespace"
    if not _FUNCTION.fullmatch(name):
        raise step.refusal(key, f"function is {name!r}; it must have letters, digits, _ and - only.")
    room = names.room(workflow)
    if len(name) > room:
        whole = f"{names.STACK}-{workflow}-{name}"
        text = (
            f"The function of the step would be called {whole}, with {len(whole)} characters; Lambda takes "
            f"{names.FUNCTION_LENGTH}, so the step's name, or else its key function, may have up to {room}."
        )
        raise step.refusal(key, text)
    return name


def _setting(root: Mapping, step: Mapping, key: str, least: int, greatest: int) -> int | None:
    """The step's, or else the workflow's."""
    of_workflow = root.mapping("settings").number(key, least, greatest)
    of_step = step.mapping("settings", LAMBDA_SETTINGS).number(key, least, greatest)
    return of_workflow if of_step is None else of_step


def _environment(mapping: Mapping) -> Pairs[str, Any]:
    environment = mapping.mapping("environment")
    for name, value in environment.node.items():
        label = environment.name_of(name)
        if not _VARIABLE.fullmatch(name):
            text = f"{label}: a variable's name must have two or more letters, digits and _, and a letter first."
            raise environment.refusal(name, text)
        if name == "STEP":
            raise environment.refusal(name, "environment has STEP, which make sync writes; it is the step's name.")
        if name in VARIABLES:
            text = f"environment has {name}, which make sync writes; secrets and accounts are keys of their own."
            raise environment.refusal(name, text)
        if value is None or isinstance(value, CommentedSeq):
            raise environment.refusal(name, f"{label} must be text, a number, or a function such as !Ref.")
    return {name: bare(value) for name, value in environment.node.items()}


def _policies(mapping: Mapping) -> Iterator[Any]:
    for policy, _ in mapping.elements("policies"):
        yield bare(policy)


def _resource(mapping: Mapping, kind: str) -> Pairs[str, Any]:
    """What a resource gets besides what make sync writes in it."""
    resource = mapping.mapping("resource")
    _check_keys(resource, KEYS[kind] - {"Properties"})
    _check_keys(resource.mapping("Properties"), PROPERTIES[kind])
    return {key: bare(value) for key, value in resource.node.items()}


def _check_keys(mapping: Mapping, reserved: Collection[str]) -> None:
    for key in mapping.node:
        if key in reserved:
            names_of_reserved = ", ".join(sorted(reserved))
            text = f"{mapping.name_of(key)} is what make sync writes itself; allowed is all but {names_of_reserved}."
            raise mapping.refusal(key, text)
