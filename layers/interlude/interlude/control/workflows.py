"""The workflows of the stack: their hook keys, and a cache of what Step Functions knows about them.

    WORKFLOW#<name>   HOOK    hook_key; options, steps and mistake of the workflow, and asked_ms, their age
    WORKFLOWS         NAMES   names, and asked_ms

Step Functions sustains 20 DescribeStateMachine and 5 ListStateMachines a second, fewer than the requests that the API
accepts. So all environments together ask it once in FRESH_MS. If it is busy, its last answer counts.
"""

import hmac
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from interlude import clock, logs
from interlude.aws import executions, table
from interlude.aws.busy import is_busy
from interlude.aws.records import Item, number, text
from interlude.aws.table import Lost
from interlude.errors import UnknownWorkflow
from interlude.options import Options

FRESH_MS = 60_000

NAMES = {"pk": text("WORKFLOWS"), "sk": text("NAMES")}


@dataclass(frozen=True, slots=True)
class Workflow:
    """`options` are the words in the template. `mistake` is a sentence: one bad workflow must not break a list."""

    name: str
    steps: list[str]
    options: str
    hook_key: str
    mistake: str = ""


class _StepFunctions:
    """Answers from the table while they are fresh; of any age once Step Functions was busy."""

    def __init__(self, fresh_ms: int = FRESH_MS) -> None:
        self._fresh_ms = fresh_ms

    def names(self) -> list[str]:
        item = self._answer(NAMES, _stored(NAMES), lambda: {"names": text(" ".join(executions.names()))}, {})
        return str(item["names"]["S"]).split()

    def workflow(self, name: str, stored: Item) -> Workflow:
        """Raises UnknownWorkflow."""
        once = {"hook_key": text(secrets.token_urlsafe(24))}
        item = self._answer(_hook(name), stored, lambda: _definition(name), once)
        steps, options, hook_key, mistake = (
            str(item[attribute]["S"]) for attribute in ("steps", "options", "hook_key", "mistake")
        )
        return Workflow(name, steps.split(",") if steps else [], options, hook_key, mistake)

    def _answer(self, key: Item, stored: Item, ask: Callable[[], Item], once: Item) -> Item:
        now_ms = clock.now_ms()
        if "asked_ms" in stored and now_ms - int(stored["asked_ms"]["N"]) < self._fresh_ms:
            return stored
        try:
            answer = ask()
        except Exception as error:
            if "asked_ms" not in stored or not is_busy(error):
                raise
            logs.write(f"using the last answer about {key['pk']['S']}: {type(error).__name__}: {error}", "WARNING")
            self._fresh_ms = sys.maxsize
            # The attempt counts as an answer: only one request in FRESH_MS waits for a busy service.
            answer = {}
        return _keep(key, {**answer, "asked_ms": number(now_ms)}, once)


def open_hook(workflow: str, key: str) -> Options:
    """The options of the workflow whose hook has this key. Raises BadOption.

    Raises UnknownWorkflow, both for a wrong key and for an unknown workflow.
    """
    executions.check_name(workflow)
    stored = _stored(_hook(workflow))
    known = stored["hook_key"]["S"] if stored else ""
    same = hmac.compare_digest(known.encode(), key.encode(errors="replace"))
    if not (known and same):
        raise UnknownWorkflow(workflow)
    return Options.parse(_StepFunctions().workflow(workflow, stored).options)


def check(workflow: str) -> None:
    """Raises UnknownWorkflow if the stack had no such workflow within the last minute."""
    executions.check_name(workflow)
    _StepFunctions().workflow(workflow, _stored(_hook(workflow)))


def names() -> list[str]:
    """The workflows of this stack, and of stacks whose names begin with its name; at most a minute old."""
    return _StepFunctions().names()


def list_workflows() -> list[Workflow]:
    """All workflows of the stack by name, as they are now; if Step Functions is busy, as they last were."""
    step_functions = _StepFunctions(fresh_ms=0)
    found: list[Workflow] = []
    for name in step_functions.names():
        with suppress(UnknownWorkflow):
            found.append(step_functions.workflow(name, _stored(_hook(name))))
    return found


def _definition(workflow: str) -> Item:
    machine = executions.machine(workflow)
    return {"options": text(machine.options), "steps": text(",".join(machine.steps)), "mistake": text(machine.mistake)}


def _stored(key: Item) -> Item:
    return next(iter(table.get([key])), {})


def _keep(key: Item, answer: Item, once: Item) -> Item:
    """Stores an answer for the next requests, and `once` if it is not set yet. Returns the current item."""
    changes = [f"#{name} = :{name}" for name in answer]
    changes += [f"#{name} = if_not_exists(#{name}, :{name})" for name in once]
    values = {**answer, **once}
    try:
        return table.update(
            key,
            UpdateExpression=f"SET {', '.join(changes)}",
            # A later request has the newer answer.
            ConditionExpression="attribute_not_exists(#asked_ms) OR #asked_ms <= :asked_ms",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            ReturnValues="ALL_NEW",
        )
    except Lost as lost:
        return lost.items[0] or {}


def _hook(workflow: str) -> Item:
    return {"pk": text(f"WORKFLOW#{workflow}"), "sk": text("HOOK")}
