"""Keeps the secrets that this process has read out of everything that others may read: its output, what it stores.

`accounts` tells it each secret. `pd`, `flow` and `usercode` ask it before anything is kept. A process that has read no
secret pays nothing.
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

from interlude.run.payloads import to_text

MASK = "(secret)"
LEAST = 6
"""Characters of the shortest text that is masked: what is shorter stands in too many places by chance."""
LEAST_LINE = 8
"""The same for one line of a text that has several, such as a private key."""

_forms: set[str] = set()
_pattern: re.Pattern[str] | None = None


def learn(secret: Any) -> None:
    """Masks every text in a JSON value from now on, also as it looks in JSON, in a repr and in a URL."""
    global _pattern  # noqa: PLW0603  # of the process, as its output is
    found = {form for text in _texts(secret) for form in _forms_of(text)}
    if not found <= _forms:
        _forms.update(found)
        # The longest first: a secret may be the beginning of another.
        _pattern = re.compile("|".join(map(re.escape, sorted(_forms, key=len, reverse=True))))
    if _pattern:
        _watch_output()


def mask(text: str) -> str:
    """A text without the secrets."""
    return _pattern.sub(MASK, text) if _pattern else text


def mask_json(text: str) -> str:
    """JSON text without the secrets, which is JSON text again."""
    if not _pattern:
        return text
    value = json.loads(text)
    masked = _masked(value)
    return text if masked == value else to_text(masked)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {mask(key): _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, int | float) and mask(repr(value)) != repr(value):
        return MASK
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return [text for item in items for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def _forms_of(text: str) -> set[str]:
    from urllib.parse import quote, quote_plus

    lines = [line.strip() for line in text.splitlines()]
    whole = [text, text.strip()] if len(text.strip()) >= LEAST else []
    parts = [*whole, *(line for line in lines if len(line) >= LEAST_LINE)]
    written = {
        form
        for part in parts
        for form in (
            part,
            json.dumps(part)[1:-1],
            json.dumps(part, ensure_ascii=False)[1:-1],
            repr(part)[1:-1],
            quote(part, errors="replace"),
            quote(part, safe="", errors="replace"),
            quote_plus(part, errors="replace"),
        )
    }
    # In JSON within JSON, as in the log of a request.
    return written | {json.dumps(form)[1:-1] for form in written}


def _watch_output() -> None:
    """Masks what the process prints and logs, also by who has got hold of the streams before."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None and not hasattr(stream.write, "masks"):
            stream.write = _masking_write(stream.write)  # type: ignore[method-assign]
    # Lambda's own handler writes to a file of its own.
    if not hasattr(logging.Handler.format, "masks"):
        logging.Handler.format = _masking_format(logging.Handler.format)  # type: ignore[method-assign]


def _masking_write(write: Callable[[str], int]) -> Callable[[str], int]:
    def masking(text: str) -> int:
        write(mask(text) if isinstance(text, str) else text)
        return len(text)

    masking.masks = True  # type: ignore[attr-defined]
    return masking


def _masking_format(layout: Callable[[logging.Handler, logging.LogRecord], str]) -> Any:
    def masking(handler: logging.Handler, record: logging.LogRecord) -> str:
        return mask(layout(handler, record))

    masking.masks = True  # type: ignore[attr-defined]
    return masking
