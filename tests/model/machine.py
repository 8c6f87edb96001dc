"""Step Functions for real code that is moved by hand: executions, tokens, and the writes of workflow.asl.json itself.

What each state writes is read from the file. Which state comes next is as in `execution`; tests/workflow has an
interpreter do it.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interlude import clock

STATES = json.loads((Path(__file__).parents[2] / "statemachine/workflow.asl.json").read_text(encoding="utf-8"))[
    "States"
]
LIVE = ("run", "invoked", "park", "parked", "delay", "roll", "record")


@dataclass
class Execution:
    name: str
    arn: str
    given: str
    at: dict[str, Any]
    state: str = "run"
    token: str = ""
    tokens: int = 0
    calls: int = 0
    error: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An answer of AWS that is an error, by its code."""


def is_tried_again(state: str, error: str) -> bool:
    """Whether a Task's Retry names an error."""
    return any(error in retrier["ErrorEquals"] for retrier in STATES[state]["Retry"])


def parameters(state: str, substitutions: dict[str, str], context: dict[str, Any], data: dict[str, Any]) -> Any:
    """The parameters of a Task as Step Functions would fill them in."""
    return _filled(STATES[state]["Parameters"], substitutions, context, data)


def _filled(value: Any, *given: Any) -> Any:
    if isinstance(value, list):
        return [_filled(each, *given) for each in value]
    if isinstance(value, dict):
        return {
            key.removesuffix(".$"): _value(each, *given[1:]) if key.endswith(".$") else _filled(each, *given)
            for key, each in value.items()
        }
    return re.sub(r"\$\{(\w+)}", lambda found: given[0][found[1]], value) if isinstance(value, str) else value


def _value(text: str, context: dict[str, Any], data: dict[str, Any]) -> Any:
    """A path or an intrinsic function."""
    if found := re.fullmatch(r"States\.(\w+)\((.*)\)", text):
        name, arguments = found[1], re.findall(r"(?:[^,'(]|'[^']*'|\([^)]*\))+", found[2])
        values = [_value(each.strip(), context, data) for each in arguments]
        return FUNCTIONS[name](*values)
    if text.startswith("'"):
        return text[1:-1]
    found_in: Any = context if text.startswith("$$") else data
    for name in text.lstrip("$").split("."):
        found_in = found_in[name] if name else found_in
    return found_in


def _format(text: str, *values: Any) -> str:
    for value in values:
        text = text.replace("{}", str(value), 1)
    return text


FUNCTIONS: dict[str, Any] = {
    "Format": _format,
    "JsonToString": lambda value: json.dumps(value, separators=(",", ":")),
    "UUID": lambda: "5c1f0a4e-0000-4000-8000-000000000000",
}


def now() -> str:
    return clock.iso(clock.now_ms())
