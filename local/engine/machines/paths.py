"""JSONPath as the States Language uses it, compiled to functions. Calls failures."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from local.engine.machines.failures import PathFailure, StateFailure, Unsupported

Read = Callable[[Any], Any]
"""Reads a value in data. Raises PathFailure."""

Put = Callable[[Any, Any], Any]
"""(data, value) -> data that has the value at its path. The data that was given stays as it is."""

_STEP = re.compile(
    r"""\.(?P<name>[^\s.\[\]*()?@,:'"$]+)
      | \[\s*(?P<index>-?\d+)\s*\]
      | \[\s*'(?P<single>(?:[^'\\]|\\.)*)'\s*\]
      | \[\s*"(?P<double>(?:[^"\\]|\\.)*)"\s*\]
      | (?P<all>\[\s*\*\s*\]|\.\*)
      | \[\s*(?P<start>-?\d*)\s*:\s*(?P<end>-?\d*)\s*\]""",
    re.VERBOSE,
)

_ALL = slice(None)


@lru_cache(maxsize=4096)
def reader(path: str) -> Read:
    """The function for a path that begins with one $. Raises Unsupported."""
    steps = _steps(path)
    if not steps:
        return _whole
    if any(isinstance(step, slice) for step in steps):
        return lambda data: list(_found(data, steps))

    def read(data: Any) -> Any:
        value = data
        for step in steps:
            kind = dict if type(step) is str else list
            try:
                if not isinstance(value, kind):
                    raise KeyError(step)
                value = value[step]
            except LookupError:
                raise PathFailure(path) from None
        return value

    return read


def _whole(data: Any) -> Any:
    return data


def _found(data: Any, steps: list[Any]) -> list[Any]:
    """What a path with wildcards finds, from left to right."""
    values = [data]
    for step in steps:
        values = [found for value in values for found in _below(value, step)]
    return values


def _below(value: Any, step: Any) -> list[Any]:
    if isinstance(value, dict):
        if step == _ALL:
            return list(value.values())
        return [value[step]] if isinstance(step, str) and step in value else []
    if not isinstance(value, list) or isinstance(step, str):
        return []
    if isinstance(step, slice):
        return value[step]
    return [value[step]] if -len(value) <= step < len(value) else []


@lru_cache(maxsize=1024)
def putter(path: str) -> Put:
    """The function for a ResultPath. Raises Unsupported for what is no reference path."""
    steps = _steps(path)
    if any(isinstance(step, slice) or (isinstance(step, int) and step < 0) for step in steps):
        raise Unsupported(f"{path} is not a reference path")
    return lambda data, value: _with(data, steps, value, path)


def _with(data: Any, steps: list[Any], value: Any, path: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        if isinstance(data, dict):
            return {**data, step: _with(data.get(step, {}), rest, value, path)}
    elif isinstance(data, list) and step < len(data):
        return [*data[:step], _with(data[step], rest, value, path), *data[step + 1 :]]
    raise StateFailure("States.ResultPathMatchFailure", f"Unable to apply ReferencePath {path} to the state's input.")


def _steps(path: str) -> list[Any]:
    """Names, indexes and slices of a path."""
    steps: list[Any] = []
    # $name is a variable, which belongs to Assign.
    if not path.startswith("$"):
        raise Unsupported(path)
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if not found:
            raise Unsupported(path)
        at = found.end()
        steps.append(_step(found))
    return steps


def _step(found: "re.Match[str]") -> Any:
    if found["name"] is not None:
        return found["name"]
    if found["index"] is not None:
        return int(found["index"])
    if found["all"]:
        return _ALL
    if found["start"] is not None:
        return slice(*(int(end) if end else None for end in (found["start"], found["end"])))
    quoted = found["single"] if found["single"] is not None else found["double"]
    return re.sub(r"\\(.)", r"\1", quoted)
