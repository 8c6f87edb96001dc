"""Keeps secrets that this process has read out of its output and out of stored values.

`accounts` registers each secret here. `pd`, `flow` and `usercode` mask values before they are stored. A process that
has read no secret pays nothing.
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

from interlude import logs
from interlude.run import payloads

MASK = "(secret)"

OURS = ("$return_value", "$summary", "$attempt")
"""Keys that the runtime reads back, and that are never masked."""

_forms: set[str] = set()
_pattern: re.Pattern[str] | None = None


def learn(secret: Any) -> None:
    """From now on masks the secrets in this JSON value, also as they are written in JSON, in a repr and in a URL."""
    global _pattern  # noqa: PLW0603  # one per process, like its output
    from interlude.pd import secret_texts

    found = secret_texts.forms(secret)
    if not found <= _forms:
        _forms.update(found)
        _pattern = _pattern_of(_forms)
    if _pattern:
        _watch_output()


def mask(text: str) -> str:
    """A text without the secrets."""
    if not _pattern:
        return text
    return _pattern.sub(MASK, text)


# Before a text is cut: a part of a secret would not be recognised any more.
payloads.before_cut = mask
logs.mask = mask


def mask_bytes(data: bytes) -> bytes:
    """The same for bytes that are text in UTF-8; other bytes stay unchanged."""
    if not _pattern:
        return data
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    return mask(text).encode()


def mask_json(text: str) -> str:
    """JSON text without the secrets; the result is valid JSON."""
    if not _pattern:
        return text
    value = json.loads(text)
    masked = _masked(value)
    if masked == value:
        return text
    return payloads.to_text(masked)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return _masked_object(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, str):
        return mask(value)
    # Only whole numbers: a part of a number equals a secret only by coincidence.
    if isinstance(value, int | float) and repr(value) in _forms:
        return MASK
    return value


def _masked_object(value: dict[str, Any]) -> dict[str, Any]:
    """Numbers keys that have become equal, so no value is lost."""
    masked: dict[str, Any] = {}
    for key, item in value.items():
        name = free = key if key in OURS else mask(key)
        number = 1
        while free in masked:
            number += 1
            free = f"{name} {number}"
        masked[free] = _masked(item)
    return masked


def _pattern_of(forms: set[str]) -> re.Pattern[str] | None:
    """Matches any of the forms, each of which has several characters.

    The pattern branches on the first two characters, so each place in a text is compared with only a few forms.
    """
    groups: dict[str, dict[str, list[str]]] = {}
    # The longest first: a secret may be a prefix of another one.
    for form in sorted(forms, key=len, reverse=True):
        groups.setdefault(form[0], {}).setdefault(form[1], []).append(re.escape(form[2:]))
    branches = [
        re.escape(first) + _either([re.escape(second) + _either(rests) for second, rests in seconds.items()])
        for first, seconds in groups.items()
    ]
    if not branches:
        return None
    return re.compile("|".join(branches))


def _either(patterns: list[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _watch_output() -> None:
    """Masks the output and the log of the process, also for code that already holds the streams."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None and not hasattr(stream.write, "masks"):
            stream.write = _masking_write(stream.write)  # type: ignore[method-assign]
    # Lambda's own handler writes to a file of its own.
    if not hasattr(logging.Handler.format, "masks"):
        logging.Handler.format = _masking_format(logging.Handler.format)  # type: ignore[method-assign]


def _masking_write(write: Callable[[str], int]) -> Callable[[str], int]:
    def masking(text: str) -> int:
        masked = mask(text) if isinstance(text, str) else text  # write() raises the usual TypeError
        write(masked)
        return len(text)

    masking.masks = True  # type: ignore[attr-defined]
    return masking


def _masking_format(layout: Callable[[logging.Handler, logging.LogRecord], str]) -> Any:
    def masking(handler: logging.Handler, record: logging.LogRecord) -> str:
        return mask(layout(handler, record))

    masking.masks = True  # type: ignore[attr-defined]
    return masking
