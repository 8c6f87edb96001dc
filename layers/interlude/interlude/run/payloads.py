"""User data as JSON: checked on the way in, stored in an item if it is small and in S3 if it is large."""

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
"""Maximum of one value (a context, the exports of a step, an event) as JSON in UTF-8: Lambda's limit for a payload."""

INLINE_BYTES = 64_000
"""Larger values go to S3. A step's three values and its error then fit into an item (400 KB), and an event fits into
the input of an execution (262,144 bytes) even if every byte of it is escaped."""

MAX_DEPTH = 200
"""Levels of lists and objects in a value. Python allows 1,000 nested calls, and masking needs two per level; its JSON
parser allows some 10,000 levels."""

DEPTH = 50
"""How deeply an event may be nested to be the input of an execution itself."""

CONTENT_TYPE = "application/json"

# An execution's input with this key stands for an event that lies in S3.
EVENT_KEY = "interlude_event"
# An execution's input with this key is a cursor: see "New or continued" in workflow.asl.json.
CURSOR_KEY = "interlude_cursor"

LONE_SURROGATE = re.compile("[\ud800-\udfff]")

before_cut: Callable[[str], str] = str
"""Applied by `short` to a text first. `masking` sets it, because this module can't import it."""

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
    """The value of JSON text; `hooks` are those of `json.loads`. Raises ValueError, and its subclass TooDeep."""
    with suppress(RecursionError):
        value = json.loads(text, **hooks)
        if not _is_deeper(value, levels):
            return value
    size = len(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    raise TooDeep(name, levels, size)


def _is_deeper(value: Any, levels: int) -> bool:
    return next(islice(_levels(value), levels, None), None) is not None


def to_text(value: Any) -> str:
    """JSON text that can be encoded as UTF-8. Raises TypeError, ValueError or RecursionError for any other value."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if LONE_SURROGATE.search(text):  # JSON can escape them, UTF-8 can't encode them
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def escaped_size(text: str) -> int:
    """Bytes of a text as a JSON string, which is how Lambda's own response holds the body of a response."""
    return len(to_text(text).encode())


def dump_object(values: dict[str, Any], names: dict[str, str], name: str) -> str:
    """JSON text of an object. `names` are the names of its parts in errors, where those differ from the keys."""
    parts = (f"{json.dumps(key)}:{dump(value, names.get(key, key))}" for key, value in values.items())
    text = f"{{{','.join(parts)}}}"
    _check_size(text, name)
    return text


def put(run_id: str, text: str) -> Stored:
    """Stores JSON text of a run: inline, or in S3."""
    if len(text.encode()) > INLINE_BYTES:
        return _put_object(run_id, text)
    return Stored(text=text)


def get(stored: Stored | None) -> Any:
    """The stored value; None for None. Raises TooDeep for a value that Interlude did not write."""
    if stored is None:
        return None
    text = bucket.get(stored.key) if stored.key else stored.text
    # One more: the exports of a step are an object around values of up to MAX_DEPTH.
    return loads(text, levels=MAX_DEPTH + 1)


def exports_of(step: Step, read: Callable[[Stored], Any] = get) -> dict[str, Any]:
    """All exports of a step, `$resume_data` included."""
    exports: dict[str, Any] = read(step.exports)
    if step.resume_data:
        exports = {**exports, "$resume_data": read(step.resume_data)}
    return exports


def put_event(run_id: str, event: Any) -> str:
    """The input of an execution for a trigger event. Raises TooLarge and NotJson."""
    text = dump(event, "The event")
    # An event goes to S3 if it could be mistaken for a cursor or a pointer, is not an object, or might not come
    # through the JSON of Step Functions unchanged.
    plain = isinstance(event, dict) and EVENT_KEY not in event and CURSOR_KEY not in event and _travels(event)
    stored = put(run_id, text) if plain else _put_object(run_id, text)
    return json.dumps({EVENT_KEY: stored.key}) if stored.key else text


def get_event(run_id: str, stored: Stored) -> Any:
    """The trigger event of a run, from the input of its execution."""
    from interlude.run.schedules import timer_event

    value = get(stored)
    key = _event_key(run_id, value)
    if key:
        return get(Stored(key=key))
    return timer_event(value)


def event_key(run_id: str, stored: Stored) -> str:
    """The key of a run's trigger event in the bucket; empty if the execution's input is the event itself."""
    if EVENT_KEY not in stored.text:
        return ""
    return _event_key(run_id, get(stored))


def _event_key(run_id: str, value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {EVENT_KEY}:
        key = value[EVENT_KEY]
        if isinstance(key, str) and key.startswith(f"runs/{run_id}/"):
            return key
    return ""


def forget(run_id: str) -> None:
    """Deletes all objects of a run: its values, and the files of its /tmp."""
    bucket.delete_all(f"runs/{run_id}/")


def _put_object(run_id: str, text: str) -> Stored:
    from hashlib import sha256

    body = text.encode()
    # Named after its content: a retry or a duplicate of this call writes the same object.
    key = f"runs/{run_id}/{sha256(body).hexdigest()}"
    bucket.put(key, body, CONTENT_TYPE)
    return Stored(key=key, size=len(body))


def _travels(value: Any, depth: int = 0) -> bool:
    """Whether other parsers leave a JSON value unchanged: not too deep, and numbers that fit into a double."""
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
    """The lists and objects of a JSON value, level by level. Without recursion: the value may have any depth."""
    parts = [value]
    while level := [part for part in parts if isinstance(part, dict | list | tuple)]:
        yield level
        parts = [part for each in level for part in (each.values() if isinstance(each, dict) else each)]


def _twins(value: Any) -> tuple[Any, Any] | None:
    """Two keys of an object that become one key in JSON, such as 1 and "1"."""
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
    """The error for a value that can't be stored."""
    problem = _problem(value, name, ()) or f"{name} can't be written"
    if problem == TOO_DEEP:
        return TooDeep(name, MAX_DEPTH)
    return NotJson(f"{problem}; {ALLOWED}.")


def _problem(value: Any, path: str, above: tuple[int, ...]) -> str:
    """The first part of a value that is not JSON, and what is wrong with it; empty if all of it is JSON."""
    if id(value) in above:
        return f"{path} contains itself"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path} is {value}"
    if value is None or isinstance(value, bool | int | float | str):
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
    if twins is None:
        return ""
    return f"has the keys {short(twins[0])} and {short(twins[1])}, which are the same key in JSON"


def short(value: Any, length: int = 80) -> str:
    """A value's repr, short enough for an error message."""
    try:
        text = before_cut(repr(value))
    except BaseException:  # noqa: BLE001  # a user's __repr__ may raise anything, and must not hide the first error
        return "whose repr fails"
    return text if len(text) <= length else f"{text[: length - 1]}…"
