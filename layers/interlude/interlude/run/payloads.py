"""User data as JSON: checked when it comes in, kept in an item while it is small and in S3 when it is large."""

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from interlude.aws import bucket
from interlude.errors import NotJson, TooDeep, TooLarge
from interlude.models import Step, Stored

MAX_BYTES = 6 * 1024 * 1024
"""Of one value (a context, the exports of a step, an event) as JSON in UTF-8: Lambda's own limit for a payload."""

INLINE_BYTES = 64_000
"""What is larger goes to S3. A step's three values and its error then fit into an item (400 KB), and an event into
the input of an execution (262,144 bytes) even when every byte of it is escaped."""

MAX_DEPTH = 200
"""Levels of lists and objects in a value. Python's recursion ends at 1,000 calls, of which masking takes two for each
level, and its JSON at some 10,000 levels."""

DEPTH = 50
"""How deep an event may be nested to travel as the input of an execution."""

CONTENT_TYPE = "application/json"

# An execution's input with this key stands for an event that lies in S3.
EVENT_KEY = "interlude_event"
# An execution's input with this key is a cursor: see "New or continued" in workflow.asl.json.
CURSOR_KEY = "interlude_cursor"

LONE_SURROGATE = re.compile("[\ud800-\udfff]")

before_cut: Callable[[str], str] = str
"""What `short` does with a text first. `masking` says what, because it stands above."""


ALLOWED = "only JSON values are allowed: dict with text keys, list, text, number, True, False, None"
TOO_DEEP = "is nested too deeply"


def dump(value: Any, name: str) -> str:
    """JSON text of `value`. Raises NotJson, which names the part of `name` that is not JSON; TooDeep; TooLarge."""
    try:
        text = to_text(value)
    except (TypeError, ValueError, RecursionError):
        raise _refusal(value, name) from None
    _check_size(text, name)
    for depth, level in enumerate(_levels(value)):
        if depth == MAX_DEPTH or any(map(_twins, level)):
            raise _refusal(value, name)
    return text


def loads(text: str | bytes, name: str = "The value", levels: int = MAX_DEPTH, **hooks: Any) -> Any:
    """The value of JSON text; `hooks` are those of `json.loads`. Raises ValueError, and TooDeep, which is one, too."""
    with suppress(RecursionError):
        value = json.loads(text, **hooks)
        if not _is_deeper(value, levels):
            return value
    raise TooDeep(name, levels, len(text if isinstance(text, bytes) else text.encode("utf-8", "replace")))


def _is_deeper(value: Any, levels: int) -> bool:
    return next(islice(_levels(value), levels, None), None) is not None


def to_text(value: Any) -> str:
    """JSON text that can be written as UTF-8. Raises TypeError, ValueError or RecursionError for what is no JSON."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Lone surrogates: JSON can escape them, UTF-8 can't hold them.
    return json.dumps(value, allow_nan=False, separators=(",", ":")) if LONE_SURROGATE.search(text) else text


def escaped_size(text: str) -> int:
    """Bytes of a text as a string in JSON, which is what the body of an answer is in Lambda's own answer."""
    return len(to_text(text).encode())


def dump_object(values: dict[str, Any], names: dict[str, str], name: str) -> str:
    """JSON text of an object whose parts have names of their own for the errors that they cause."""
    parts = (f"{json.dumps(key)}:{dump(value, names.get(key, key))}" for key, value in values.items())
    text = f"{{{','.join(parts)}}}"
    _check_size(text, name)
    return text


def put(run_id: str, text: str) -> Stored:
    """Keeps JSON text of a run: as it is, or in S3."""
    return Stored(text=text) if len(text.encode()) <= INLINE_BYTES else _put_object(run_id, text)


def get(stored: Stored | None) -> Any:
    """The value again; None for nothing. Raises TooDeep for one that Interlude has not written."""
    if stored is None:
        return None
    # The exports of a step are an object around what was measured.
    return loads(bucket.get(stored.key) if stored.key else stored.text, levels=MAX_DEPTH + 1)


def exports_of(step: Step, read: Callable[[Stored], Any] = get) -> dict[str, Any]:
    """Everything that a step exported, `$resume_data` included."""
    exports: dict[str, Any] = read(step.exports)
    return exports | ({"$resume_data": read(step.resume_data)} if step.resume_data else {})


def put_event(run_id: str, event: Any) -> str:
    """The input of an execution for a trigger event. Raises TooLarge and NotJson."""
    text = dump(event, "The event")
    # What could be taken for a cursor or a pointer, is no object, or is more than the JSON of Step Functions promises
    # to keep, goes where nothing reads it.
    plain = isinstance(event, dict) and EVENT_KEY not in event and CURSOR_KEY not in event and _travels(event)
    stored = put(run_id, text) if plain else _put_object(run_id, text)
    return json.dumps({EVENT_KEY: stored.key}) if stored.key else text


def get_event(run_id: str, stored: Stored) -> Any:
    """The trigger event of a run, from the input of its execution."""
    from interlude.run.schedules import timer_event

    value = get(stored)
    key = _event_key(run_id, value)
    return get(Stored(key=key)) if key else timer_event(value)


def event_key(run_id: str, stored: Stored) -> str:
    """Where the trigger event of a run lies in the bucket; empty where it travels by itself."""
    return _event_key(run_id, get(stored)) if EVENT_KEY in stored.text else ""


def _event_key(run_id: str, value: Any) -> str:
    key = value.get(EVENT_KEY) if isinstance(value, dict) and len(value) == 1 else None
    return key if isinstance(key, str) and key.startswith(f"runs/{run_id}/") else ""


def forget(run_id: str) -> None:
    """Deletes all objects of a run: its values, and the files of its /tmp."""
    bucket.delete_all(f"runs/{run_id}/")


def _put_object(run_id: str, text: str) -> Stored:
    from hashlib import sha256

    body = text.encode()
    # Named by its content: whoever writes it again, a retry or a rival, writes the same object.
    key = f"runs/{run_id}/{sha256(body).hexdigest()}"
    bucket.put(key, body, CONTENT_TYPE)
    return Stored(key=key, size=len(body))


def _travels(value: Any, depth: int = 0) -> bool:
    """Whether a JSON value comes through other parsers unchanged: not too deep, numbers as a double holds them."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return depth < DEPTH and all(_travels(part, depth + 1) for part in value)
    if isinstance(value, int):
        return abs(value) <= 2**53
    return not (isinstance(value, str) and LONE_SURROGATE.search(value))


def _check_size(text: str, name: str) -> None:
    if len(text) <= MAX_BYTES // 4:  # no character has more than 4 bytes
        return
    size = len(text.encode())
    if size > MAX_BYTES:
        raise TooLarge(f"{name} would be {size} bytes of JSON; at most {MAX_BYTES} (6 MB) are allowed.")


def _levels(value: Any) -> Iterator[list[Any]]:
    """The lists and objects of a JSON value, level by level, and without recursion, as it may be of any depth."""
    level = [value] if isinstance(value, dict | list | tuple) else []
    while level:
        yield level
        parts = (part for each in level for part in (each.values() if isinstance(each, dict) else each))
        level = [part for part in parts if isinstance(part, dict | list | tuple)]


def _twins(value: Any) -> tuple[Any, Any] | None:
    """Two keys of an object that are one key in JSON, such as 1 and "1"."""
    if not isinstance(value, dict) or {str}.issuperset(map(type, value)):
        return None
    written: dict[str, Any] = {}
    for key in value:
        text = key if isinstance(key, str) else json.dumps(key)
        if text in written:
            return written[text], key
        written[text] = key
    return None


def _refusal(value: Any, name: str) -> NotJson:
    """The error for a value that can't be kept."""
    problem = _problem(value, name, ()) or f"{name} cannot be written"
    return TooDeep(name, MAX_DEPTH) if problem == TOO_DEEP else NotJson(f"{problem}; {ALLOWED}.")


def _problem(value: Any, path: str, above: tuple[int, ...]) -> str:
    """The first part of a value that is not JSON, and what is wrong with it; empty where nothing is."""
    if id(value) in above:
        return f"{path} contains itself"
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{path} is {value}"
    if value is None or isinstance(value, bool | int | str):
        return ""
    if not isinstance(value, dict | list | tuple):
        return f"{path} is a {type(value).__name__} ({short(value)})"
    if len(above) == MAX_DEPTH:
        return TOO_DEEP
    if isinstance(value, dict) and (problem := _problem_of_keys(value)):
        return f"{path} {problem}"
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    return next(filter(None, (_problem(part, f"{path}[{key!r}]", (*above, id(value))) for key, part in parts)), "")


def _problem_of_keys(value: dict[Any, Any]) -> str:
    for key in value:
        if not isinstance(key, str | int | float | bool | None) or (isinstance(key, float) and not math.isfinite(key)):
            return f"has a key that is a {type(key).__name__} ({short(key)})"
    twins = _twins(value)
    return f"has the keys {short(twins[0])} and {short(twins[1])}, which are one key in JSON" if twins else ""


def short(value: Any, length: int = 80) -> str:
    """A value as a sentence can name it."""
    try:
        text = before_cut(repr(value))
    except BaseException:  # noqa: BLE001  # a user's __repr__ may raise anything, and must not hide the error being told
        return "whose repr fails"
    return text if len(text) <= length else f"{text[: length - 1]}…"
