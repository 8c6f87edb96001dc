"""A state machine's definition, compiled once. Calls choices, expressions, paths, failures."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from local.engine.machines.choices import Rule, rule, timestamp
from local.engine.machines.expressions import Evaluate, expression, path, template
from local.engine.machines.failures import RUNTIME, PathFailure, Retrier, StateFailure, Unsupported
from local.engine.machines.paths import Put, putter
from local.engine.machines.text import compact

MAX_SECONDS = 99_999_999
"""The longest Wait and timeout."""

_ITEM_OPERATIONS = ("getItem", "putItem", "updateItem", "deleteItem")
_SDK_ITEM_OPERATIONS = (
    *_ITEM_OPERATIONS, "query", "scan", "batchGetItem", "batchWriteItem", "transactGetItems", "transactWriteItems",
)  # fmt: skip

RESOURCES = frozenset(
    [
        "lambda:invoke",
        "lambda:invoke.waitForTaskToken",
        "states:startExecution",
        "aws-sdk:sfn:startExecution",
        *(f"dynamodb:{operation}" for operation in _ITEM_OPERATIONS),
        *(f"aws-sdk:dynamodb:{operation}" for operation in _SDK_ITEM_OPERATIONS),
        *(f"aws-sdk:dynamodb:{operation}.waitForTaskToken" for operation in _SDK_ITEM_OPERATIONS),
    ]
)
"""The integrations that the engine has."""

_PARAMETERS = {
    "lambda": {"FunctionName", "Qualifier", "Payload"},
    "states": {"StateMachineArn", "Name", "Input"},
    "aws-sdk:sfn": {"StateMachineArn", "Name", "Input"},
}
"""Those that the engine knows of an integration. DynamoDB's are the engine's whole API."""

_RESOURCE = re.compile(r"arn:[\w-]+:states:::(?P<name>[\w:.-]+)")

# Whatever of the context object may be, or have in it, the execution's input.
_READS_INPUT = re.compile(r"\$\$(?!\.Execution\.(?:Id|Name|RoleArn|StartTime)\b|\.(?:State|StateMachine|Task)\b)")

_OF_EVERY_STATE = {"Type", "Comment", "QueryLanguage"}
_OF_DATA = {"InputPath", "OutputPath"}
_FIELDS = {
    "Task": {"Next", "End", "Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch",
             "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", *_OF_DATA},
    "Pass": {"Next", "End", "Result", "Parameters", "ResultPath", *_OF_DATA},
    "Choice": {"Choices", "Default", *_OF_DATA},
    "Wait": {"Next", "End", "Seconds", "SecondsPath", "Timestamp", "TimestampPath", *_OF_DATA},
    "Succeed": _OF_DATA,
    "Fail": {"Error", "Cause", "ErrorPath", "CausePath"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Catcher:
    errors: frozenset[str]
    put: Put | None
    next: str


@dataclass(frozen=True, slots=True)
class State:
    """What all states have. A `next` of None ends the execution."""

    name: str
    type: str
    next: str | None
    details: str
    """Its name, as the history has it in JSON text."""
    reads_context: bool
    reads_input: bool
    """Whether an expression may read the context object, and the execution's input in it."""
    input: Evaluate | None
    output: Evaluate | None
    """InputPath and OutputPath; None where they are $, as they are for most."""


@dataclass(frozen=True, slots=True)
class Task(State):
    resource_type: str
    """Such as lambda or aws-sdk:dynamodb, as the history has it."""
    resource: str
    """Such as invoke or updateItem.waitForTaskToken."""
    task_details: str
    """Both, as the history has them in JSON text."""
    parameters: Evaluate | None
    selector: Evaluate | None
    put: Put | None
    """Puts a result where ResultPath wants it; None throws it away."""
    retry: Sequence[Retrier]
    catch: Sequence[Catcher]
    timeout: Evaluate | None
    heartbeat: Evaluate | None
    """Seconds."""

    @property
    def waits_for_token(self) -> bool:
        return self.resource.endswith(".waitForTaskToken")


@dataclass(frozen=True, slots=True)
class Pass(State):
    result: Evaluate
    put: Put | None


@dataclass(frozen=True, slots=True)
class Choice(State):
    rules: Sequence[tuple[Rule, str]]
    default: str | None


@dataclass(frozen=True, slots=True)
class Wait(State):
    until_ms: Callable[[Any, Any, int], int]
    """(data, context, now in ms) -> ms. Raises StateFailure."""


@dataclass(frozen=True, slots=True)
class Fail(State):
    error: Evaluate | None
    cause: Evaluate | None


@dataclass(frozen=True, slots=True)
class Definition:
    start: str
    states: dict[str, State]
    timeout_s: int | None


def can_run(text: str) -> bool:
    """Whether the engine runs this definition. What it does not run as a whole is moto's."""
    return _outcome(text)[0] is not None


def compiled(text: str) -> Definition:
    """Raises Unsupported, which says what the engine does not run."""
    definition, refusal = _outcome(text)
    if definition is None:
        raise Unsupported(refusal)
    return definition


@lru_cache(maxsize=512)
def _outcome(text: str) -> tuple[Definition | None, str]:
    """Refusals are kept like definitions: each request asks."""
    try:
        return _compiled(json.loads(text)), ""
    except Unsupported as refusal:
        return None, str(refusal)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # It is no valid definition, and moto is the one that says what is wrong with it.
        return None, repr(error)


def _compiled(definition: dict[str, Any]) -> Definition:
    if unknown := definition.keys() - {"Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"}:
        raise Unsupported(", ".join(sorted(unknown)))
    _check_language(definition)
    states = {name: _state(name, state) for name, state in definition["States"].items()}
    for state in states.values():
        if missing := _targets(state) - states.keys():
            raise Unsupported(f"the state {missing.pop()}, which is not defined")
    if definition["StartAt"] not in states:
        raise Unsupported(f"the state {definition['StartAt']}, which is not defined")
    return Definition(definition["StartAt"], states, definition.get("TimeoutSeconds"))


def _targets(state: State) -> set[str]:
    targets = {state.next, *(catcher.next for catcher in state.catch)} if isinstance(state, Task) else {state.next}
    if isinstance(state, Choice):
        targets = {state.default, *(target for _, target in state.rules)}
    return {target for target in targets if target is not None}


def _check_language(definition: dict[str, Any]) -> None:
    if definition.get("QueryLanguage", "JSONPath") != "JSONPath":
        raise Unsupported(definition["QueryLanguage"])


def _state(name: str, definition: dict[str, Any]) -> State:
    kind = definition["Type"]
    if kind not in _FIELDS:
        raise Unsupported(f"the type {kind}")
    if unknown := definition.keys() - _FIELDS[kind] - _OF_EVERY_STATE:
        raise Unsupported(f"{', '.join(sorted(unknown))} of a {kind}")
    _check_language(definition)
    if kind in ("Task", "Pass", "Wait") and not (definition.get("End") or definition.get("Next")):
        raise Unsupported(f"{name}, which has no Next and is no End")
    text = json.dumps(definition)
    common = {
        "name": name,
        "details": compact({"name": name}),
        "reads_context": "$$" in text,
        "type": kind,
        "next": definition.get("Next"),
        "reads_input": _READS_INPUT.search(text) is not None,
        "input": _data_path(definition, "InputPath"),
        "output": _data_path(definition, "OutputPath"),
    }
    return _COMPILE[kind](definition, common)


def _data_path(definition: dict[str, Any], field: str) -> Evaluate | None:
    text = definition.get(field, "$")
    if text == "$":
        return None
    if text is None:
        return lambda _data, _context: {}
    read = path(text)

    def evaluate(data: Any, context: Any) -> Any:
        try:
            return read(data, context)
        except PathFailure as failure:
            raise StateFailure(RUNTIME, f"Invalid path '{failure}': {field} of the state leads nowhere.") from None

    return evaluate


def _put(definition: dict[str, Any]) -> Put | None:
    text = definition.get("ResultPath", "$")
    return None if text is None else putter(text)


def _task(definition: dict[str, Any], common: dict[str, Any]) -> Task:
    found = _RESOURCE.fullmatch(definition["Resource"])
    if not found or found["name"] not in RESOURCES:
        raise Unsupported(f"the resource {definition['Resource']}")
    kind, _, resource = found["name"].rpartition(":")
    named = {name.removesuffix(".$") for name in definition.get("Parameters", {})}
    if unknown := named - _PARAMETERS.get(kind, named):
        raise Unsupported(f"{', '.join(sorted(unknown))} of {found['name']}")
    return Task(
        **common,
        resource_type=kind,
        resource=resource,
        task_details=compact({"resourceType": kind, "resource": resource}),
        parameters=template(definition["Parameters"]) if "Parameters" in definition else None,
        selector=template(definition["ResultSelector"]) if "ResultSelector" in definition else None,
        put=_put(definition),
        retry=tuple(Retrier.compiled(entry) for entry in definition.get("Retry", [])),
        catch=tuple(
            Catcher(frozenset(entry["ErrorEquals"]), _put(entry), entry["Next"])
            for entry in _catchers(definition.get("Catch", []))
        ),
        timeout=_seconds(definition, "TimeoutSeconds"),
        heartbeat=_seconds(definition, "HeartbeatSeconds"),
    )


def _catchers(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for entry in entries:
        if unknown := entry.keys() - {"ErrorEquals", "ResultPath", "Next", "Comment"}:
            raise Unsupported(f"{', '.join(sorted(unknown))} of a Catch")
    return entries


def _seconds(definition: dict[str, Any], field: str) -> Evaluate | None:
    """A timeout in seconds, from 1 on."""
    if field in definition:
        seconds = definition[field]
        return lambda _data, _context: seconds
    if f"{field}Path" not in definition:
        return None
    text = definition[f"{field}Path"]
    read = path(text)

    def evaluate(data: Any, context: Any) -> int:
        value = _read_field(read, data, context, f"{field}Path")
        if not _is_whole(value) or not 1 <= value <= MAX_SECONDS:
            raise StateFailure(RUNTIME, f"The {field}Path parameter is no number from 1 to {MAX_SECONDS}: {text}")
        return int(value)

    return evaluate


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def _read_field(read: Evaluate, data: Any, context: Any, field: str) -> Any:
    try:
        return read(data, context)
    except PathFailure as failure:
        raise StateFailure(RUNTIME, f"Invalid path '{failure}': {field} leads nowhere.") from None


def _pass(definition: dict[str, Any], common: dict[str, Any]) -> Pass:
    parameters = template(definition["Parameters"]) if "Parameters" in definition else None
    result = parameters or (lambda data, _context: data)
    if "Result" in definition:
        value = definition["Result"]
        result = lambda _data, _context: value  # noqa: E731 - one of three ways to the same function
    return Pass(**common, result=result, put=_put(definition))


def _choice(definition: dict[str, Any], common: dict[str, Any]) -> Choice:
    rules = tuple((rule(entry), entry["Next"]) for entry in definition["Choices"])
    return Choice(**common, rules=rules, default=definition.get("Default"))


def _wait(definition: dict[str, Any], common: dict[str, Any]) -> Wait:
    names = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
    fields = [field for field in names if field in definition]
    if len(fields) != 1:
        raise Unsupported(f"a Wait with {len(fields)} of {', '.join(names)}")
    field, value = fields[0], definition[fields[0]]
    if field == "Seconds":
        return Wait(**common, until_ms=lambda _data, _context, now_ms: now_ms + 1000 * value)
    if field == "Timestamp":
        moment_ms = _ms(value)
        return Wait(**common, until_ms=lambda _data, _context, _now_ms: moment_ms)
    read = path(value)

    def until_ms(data: Any, context: Any, now_ms: int) -> int:
        found = _read_field(read, data, context, field)
        if field == "SecondsPath":
            return now_ms + 1000 * _wait_seconds(found, value)
        try:
            return _ms(found)
        except (TypeError, ValueError):
            raise StateFailure(
                RUNTIME, f"The TimestampPath parameter does not reference a valid timestamp: {value} == {found}"
            ) from None

    return Wait(**common, until_ms=until_ms)


def _wait_seconds(value: Any, text: str) -> int:
    if not _is_whole(value) or not 0 <= value <= MAX_SECONDS:
        raise StateFailure(
            RUNTIME, f"The SecondsPath parameter is no whole number from 0 to {MAX_SECONDS}: {text} == {value}"
        )
    return int(value)


def _ms(text: str) -> int:
    return round(timestamp(text).timestamp() * 1000)


def _succeed(_definition: dict[str, Any], common: dict[str, Any]) -> State:
    return State(**common)


def _fail(definition: dict[str, Any], common: dict[str, Any]) -> Fail:
    return Fail(**common, error=_failure_text(definition, "Error"), cause=_failure_text(definition, "Cause"))


def _failure_text(definition: dict[str, Any], field: str) -> Evaluate | None:
    if field in definition:
        text = definition[field]
        return lambda _data, _context: text
    if f"{field}Path" not in definition:
        return None
    read = expression(definition[f"{field}Path"])

    def evaluate(data: Any, context: Any) -> str:
        value = _read_field(read, data, context, f"{field}Path")
        if not isinstance(value, str):
            raise StateFailure(RUNTIME, f"The {field}Path parameter does not reference a string.")
        return value

    return evaluate


_COMPILE: dict[str, Callable[[dict[str, Any], dict[str, Any]], State]] = {
    "Task": _task,
    "Pass": _pass,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
}
