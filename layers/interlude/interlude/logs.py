"""What the functions log: one JSON object in a line, with the run that it is about.

A step prints as it likes: `install` puts a stream in the place of stdout and stderr that makes such a line of each
print. Records of `logging` are made JSON by Lambda; they get the same fields. Called by the entry points, and by who
has more to say than a print.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import get_ident
from typing import Any, TextIO

from interlude import clock

LINE = 40_000
"""Characters of a message in one line. CloudWatch takes 256 KB, and a character may become six bytes in JSON."""

mask: Callable[[str], str] = str
"""What is done with a text first. `masking` says what, because it stands above."""

_about: dict[str, Any] = {}


def begin(context: Any, **fields: Any) -> None:
    """From now on lines are about this, and about the invocation, and no longer about what was before."""
    _about.clear()
    add(**fields, requestId=getattr(context, "aws_request_id", None))


def add(**fields: Any) -> None:
    """Lines are about this, too."""
    _about.update({name: value for name, value in fields.items() if value is not None})


def write(message: str, level: str = "INFO", **fields: Any) -> None:
    """One line with fields of its own."""
    flush()
    with suppress(Exception):  # a step may have closed its stdout
        print(_line(message, level, fields))


def install() -> None:
    """In a function: whatever is printed or logged from now on is about the run."""
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ or isinstance(sys.stdout, Lines):
        return
    sys.stdout, sys.stderr = Lines(sys.stdout, "INFO"), Lines(sys.stderr, "WARNING")
    make = logging.getLogRecordFactory()

    def make_about(*given: Any, **named: Any) -> logging.LogRecord:
        record = make(*given, **named)
        record.__dict__.update(_about)
        return record

    logging.setLogRecordFactory(make_about)


def flush() -> None:
    """Writes what was printed without an end of line: the process may be frozen now, or be about another run next."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Lines):
            with suppress(Exception):
                stream.flush()


class Lines:
    """A stream of text that writes each print as one line of JSON, also one of several lines."""

    def __init__(self, stream: TextIO, level: str) -> None:
        self._stream, self._level = stream, level
        self._begun: dict[int, str] = {}
        """By thread: what has no end yet."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            return self._stream.write(text)  # which says what is wrong with that
        begun = self._begun.pop(get_ident(), "") + text
        if begun.endswith("\n") or len(begun) > LINE:
            self._emit(begun)
        elif begun:
            self._begun[get_ident()] = begun
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        for thread in list(self._begun):
            self._emit(self._begun.pop(thread, ""))
        self._stream.flush()

    def close(self) -> None:
        """Writes what there is. The stream behind stays open: it is the process's, whose next run has to print, too."""
        self.flush()

    def _emit(self, printed: str) -> None:
        # All of it at once: a secret may have been written in parts.
        text = mask(printed).rstrip("\r\n")
        if not text.strip():
            return
        ready = _merged(text) if len(text) <= LINE else None
        parts = [text[at : at + LINE] for at in range(0, len(text), LINE)]
        lines = [ready] if ready else [_line(part, self._level, {}) for part in parts]
        self._stream.write("".join(f"{line}\n" for line in lines))
        self._stream.flush()


def _line(message: str, level: str, fields: dict[str, Any]) -> str:
    return _json({"timestamp": clock.iso(clock.now_ms()), "level": level, "message": message, **_about, **fields})


def _merged(text: str) -> str | None:
    """What is a JSON object already, with the run in it; None for anything else, and where it says otherwise."""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        given = json.loads(text)
        if any(given.get(name, value) != value for name, value in _about.items()):
            return None
        return _json({**given, **_about})
    except (ValueError, RecursionError):
        return None


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
    # Lone surrogates: JSON can escape them, UTF-8 can't hold them.
    return text.encode("utf-8", "backslashreplace").decode()
